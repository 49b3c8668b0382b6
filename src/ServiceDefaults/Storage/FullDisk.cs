using Microsoft.Data.Sqlite;

namespace Ratchet.ServiceDefaults.Storage;

/// <summary>Tells a full disk from other failures: it passes, so whoever writes waits or says so rather than giving up.</summary>
public static class FullDisk
{
    // errno of Linux and macOS, and Windows' system error codes.
    private const int NoSpace = 28;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int WindowsHandleFull = 39;
    private const int WindowsFull = 112;

    // https://sqlite.org/rescode.html: SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE.
    private const int SqliteFull = 13;
    private const int SqliteWrite = 778;
    private const int SqliteShmSize = 4874;

    /// <summary>When a write that a full disk refused is worth another try.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Whether the exception, or one inside it, says that a disk or a quota is full.</summary>
    public static bool IsReason(Exception? exception) => exception switch
    {
        null => false,
        SqliteException { SqliteErrorCode: SqliteFull } => true,
        SqliteException { SqliteExtendedErrorCode: SqliteWrite or SqliteShmSize } => true,
        AggregateException all => all.InnerExceptions.Any(IsReason),
        IOException io when IsFull(io.HResult & 0xFFFF) => true,
        _ => IsReason(exception.InnerException),
    };

    private static bool IsFull(int code) =>
        OperatingSystem.IsWindows() ? code is WindowsFull or WindowsHandleFull
        : code == NoSpace || code == (OperatingSystem.IsMacOS() ? QuotaMac : QuotaLinux);
}
