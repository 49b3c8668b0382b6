using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Forgetting;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.RagService.Documents;

/// <summary>
/// Follows a folder: its files are documents, keyed by their path in it; a changed file is a new version, a deleted one is
/// forgotten. The operating system's word of a change only hastens the next reading: it is not always given.
/// </summary>
internal sealed partial class FolderWatcher(
    DocumentIntake intake,
    DocumentStore store,
    DocumentForgetter forgetter,
    IOptions<RagOptions> options,
    TimeProvider clock,
    ILogger<FolderWatcher> logger) : BackgroundService
{
    /// <summary>What documents of the folder have as their source.</summary>
    public const string Source = "watch";

    // A file still being written is left for the next reading.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(150);

    private readonly Dictionary<string, (long Bytes, DateTime Written)> _seen = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _hint = new(0, 1);
    private bool _isMissing;

    public override void Dispose()
    {
        _hint.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (string.IsNullOrWhiteSpace(options.Value.Watch))
        {
            return;
        }

        string folder = Path.GetFullPath(options.Value.Watch);
        using FileSystemWatcher? watcher = TryListen(folder);
        try
        {
            while (true)
            {
                try
                {
                    await ScanAsync(folder, stoppingToken);
                }
                catch (Exception full) when (FullDisk.IsReason(full))
                {
                    LogFull(logger, folder, full.Message);
                }

                await _hint.WaitAsync(options.Value.WatchEvery, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    /// <summary>Reads the folder through once and brings the documents in step with it.</summary>
    internal async Task ScanAsync(string folder, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder))
        {
            // A folder that is away (a share, a stick) is no order to forget everything in it.
            if (!_isMissing)
            {
                LogMissing(logger, folder);
            }

            _isMissing = true;
            return;
        }

        _isMissing = false;
        string collection = Names.Collection(options.Value.WatchCollection, options.Value);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (FileInfo file in Files(folder))
        {
            string key = Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            present.Add(key);
            try
            {
                await FollowAsync(file, key, collection, cancellation);
            }
            catch (Exception unreadable) when (unreadable is ApiException or IOException or UnauthorizedAccessException || FullDisk.IsReason(unreadable))
            {
                LogUnreadable(logger, key, unreadable.Message);
            }
        }

        foreach (DocumentRow gone in Watched(collection).Where(document => !present.Contains(document.Key)))
        {
            _seen.Remove(gone.Key);
            await forgetter.ForgetAsync(gone.Id, cancellation);
            LogGone(logger, gone.Key);
        }
    }

    private async Task FollowAsync(FileInfo file, string key, string collection, CancellationToken cancellation)
    {
        (long Length, DateTime LastWriteTimeUtc) state = (file.Length, file.LastWriteTimeUtc);
        if (_seen.TryGetValue(key, out (long, DateTime) seen) && seen == state)
        {
            return;
        }

        if (clock.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc is { } age && age >= TimeSpan.Zero && age < Settled)
        {
            await Task.Delay(Settled, clock, cancellation);
            Hint();
            return;
        }

        // Seen whether it can be read or not: a broken file is told of once for each state it has.
        _seen[key] = state;
        if (file.Length > options.Value.DocumentBytesMax)
        {
            throw Bodies.TooLarge(options.Value.DocumentBytesMax);
        }

        byte[] content = await File.ReadAllBytesAsync(file.FullName, cancellation);
        DocumentRecord record = await intake.AcceptAsync(
            DocumentIntake.Read(new DocumentSubmission(
                key, content, TextExtractor.MediaTypeOf(file.Name)!, Source, collection, Names.Key(key), null, null, null)),
            cancellation);
        if (record.Changed == true)
        {
            LogTaken(logger, key, record.Version);
        }
    }

    private static IEnumerable<FileInfo> Files(string folder) =>
        new DirectoryInfo(folder)
            .EnumerateFiles("*", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                IgnoreInaccessible = true,
                AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
            })
            .Where(file => !file.Name.StartsWith('.') && TextExtractor.MediaTypeOf(file.Name) is not null);

    private IEnumerable<DocumentRow> Watched(string collection)
    {
        string? after = null;
        while (true)
        {
            List<DocumentRow> page = store.List(collection, null, null, null, Source, Paging.LimitMax, after);
            foreach (DocumentRow document in page.Take(Paging.LimitMax))
            {
                yield return document;
            }

            if (page.Count <= Paging.LimitMax)
            {
                yield break;
            }

            after = page[Paging.LimitMax - 1].Id;
        }
    }

    private FileSystemWatcher? TryListen(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
            watcher.Changed += (_, _) => Hint();
            watcher.Created += (_, _) => Hint();
            watcher.Deleted += (_, _) => Hint();
            watcher.Renamed += (_, _) => Hint();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException noMore)
        {
            // The system's watches are used up; reading the folder through now and then does too.
            watcher?.Dispose();
            LogPollingOnly(logger, noMore.Message);
            return null;
        }
    }

    private void Hint()
    {
        try
        {
            if (_hint.CurrentCount == 0)
            {
                _hint.Release();
            }
        }
        catch (Exception late) when (late is SemaphoreFullException or ObjectDisposedException)
        {
            // Another hint was quicker, or nobody waits any more.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Took {Key} from the watched folder, version {Version}")]
    private static partial void LogTaken(ILogger logger, string key, int version);

    [LoggerMessage(Level = LogLevel.Information, Message = "Forgot {Key}, which left the watched folder")]
    private static partial void LogGone(ILogger logger, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not take {Key} from the watched folder: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watched folder {Folder} is not there; its documents stay as they are")]
    private static partial void LogMissing(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of the watched folder are only found by reading it through: {Reason}")]
    private static partial void LogPollingOnly(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk is full, so changes of {Folder} wait: {Reason}")]
    private static partial void LogFull(ILogger logger, string folder, string reason);
}
