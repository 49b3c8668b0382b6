using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.Data.Sqlite;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>The files of the last runs in the host's data folder.</summary>
internal sealed class RunArchive
{
    /// <summary>Runs kept, the one that runs included.</summary>
    public const int RunsMax = 10;

    private const string Extension = ".run.db";
    private const string IdFormat = "yyyyMMdd-HHmmss-fff";

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly string _current;
    private PastRun? _loaded;

    /// <summary>Makes the folder and forgets the runs that are too many.</summary>
    public RunArchive(string dataFolder, TimeProvider clock)
    {
        _folder = Path.Combine(dataFolder, "runs");
        Directory.CreateDirectory(_folder);
        _current = clock.GetUtcNow().ToString(IdFormat, CultureInfo.InvariantCulture);
        foreach (RunInfo old in Runs().Skip(RunsMax - 1))
        {
            foreach (string ending in new[] { "", "-wal", "-shm" })
            {
                File.Delete(PathOf(old.Id) + ending);
            }
        }
    }

    /// <summary>Where this run is to be written.</summary>
    public string CurrentPath => PathOf(_current);

    /// <summary>The runs before this one, newest first.</summary>
    public IReadOnlyList<RunInfo> Runs() =>
    [
        .. Directory.EnumerateFiles(_folder, "*" + Extension)
            .Select(file => Path.GetFileName(file)[..^Extension.Length])
            .Where(id => id != _current)
            .Select(id => (Id: id, IsRun: DateTimeOffset.TryParseExact(
                id, IdFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset started), Started: started))
            .Where(one => one.IsRun)
            .Select(one => new RunInfo(one.Id, one.Started))
            .OrderByDescending(run => run.Id, StringComparer.Ordinal),
    ];

    /// <summary>Reads a run back; null where its file is gone or cannot be read. The last one read stays in memory.</summary>
    public PastRun? Load(RunInfo run)
    {
        lock (_gate)
        {
            if (_loaded?.Run == run)
            {
                return _loaded;
            }

            try
            {
                return _loaded = Read(run) ?? _loaded;
            }
            catch (Exception e) when (e is SqliteException or IOException or InvalidDataException or JsonException or OtlpFormatException)
            {
                return null;
            }
        }
    }

    private PastRun? Read(RunInfo run)
    {
        using SqliteConnection? connection = RunFile.OpenToRead(PathOf(run.Id));
        if (connection is null)
        {
            return null;
        }

        var store = new TelemetryStore();
        var console = new ConsoleStore();
        long ended = run.Started.ToUnixTimeMilliseconds();
        ReadEach(connection, "SELECT signal, time, body FROM deliveries ORDER BY id", row =>
        {
            ended = Math.Max(ended, row.GetInt64(1));
            using var zip = new GZipStream(row.GetStream(2), CompressionMode.Decompress);
            using var body = new MemoryStream();
            zip.CopyTo(body);
            ReadOnlySpan<byte> request = body.GetBuffer().AsSpan(0, (int)body.Length);
            OtlpIntake.Read((OtlpSignal)row.GetInt32(0), request, store);
            store.CountDelivery(request.Length);
        });
        ReadEach(connection, "SELECT resource, time, is_error, content FROM lines ORDER BY id", row =>
        {
            ended = Math.Max(ended, row.GetInt64(1));
            console.Add(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(3), row.GetBoolean(2));
        });
        var resources = new List<ResourceEvent>();
        ReadEach(connection, "SELECT json FROM resources ORDER BY id", row =>
        {
            if (PastResource.FromJson(row.GetString(0)) is { } resource)
            {
                resources.Add(resource);
            }
        });

        return new PastRun(run, store, console, resources, DateTimeOffset.FromUnixTimeMilliseconds(ended));
    }

    private static void ReadEach(SqliteConnection connection, string sql, Action<SqliteDataReader> take)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        using SqliteDataReader rows = command.ExecuteReader();
        while (rows.Read())
        {
            take(rows);
        }
    }

    private string PathOf(string id) => Path.Combine(_folder, id + Extension);
}
