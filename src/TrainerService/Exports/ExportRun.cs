using System.Collections.Concurrent;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Exports;

/// <summary>Makes exports in worker processes, one at a time, and keeps what came out.</summary>
/// <remarks>An export that the service did not live to see the end of has failed; it is asked for again.</remarks>
public sealed class ExportRun(
    IWorkerRunner workers, IBaseModel model, ServiceData data, TimeProvider clock, IHostApplicationLifetime lifetime) : IDisposable
{
    private const string Room = "exports";

    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Begins one.</summary>
    /// <exception cref="ApiException">The adapter is of another base.</exception>
    public AdapterExport Start(AdapterRecord adapter, ExportRequest request)
    {
        if (adapter.BaseSha256 != model.Info.Sha256)
        {
            throw new ApiException(
                409, "base_mismatch",
                $"'{adapter.Id}' was trained on another base ({adapter.BaseModel}, {adapter.BaseSha256[..12]}) than the one "
                + $"here ({model.Info.Name}, {model.Info.Sha256[..12]}). Start the trainer with that base.");
        }

        string id = $"export-{Guid.NewGuid():N}";
        var folder = new ExportFolder(data.PathOf(Room, id));
        Directory.CreateDirectory(folder.Path);
        JobFolder.Write(folder.Work, new ExportWork(
            id, clock.GetUtcNow().ToUnixTimeSeconds(), adapter.Id, adapter.Path, model.Info.Path, model.Info.Name, request));
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[id] = WorkAsync(id, folder, begun.Task);
        begun.SetResult();
        return View(folder);
    }

    /// <summary>One export.</summary>
    /// <exception cref="ApiException">The adapter has no such export.</exception>
    public AdapterExport Get(string adapter, string id) => List(adapter).FirstOrDefault(export => export.Id == id)
        ?? throw ApiException.NotFound("export", id, $"GET /v1/adapters/{adapter}/exports lists those that exist.");

    /// <summary>The path of one of an export's files: whole and measured, or not there.</summary>
    /// <exception cref="ApiException">The export is not made, or has no file of that name.</exception>
    public string FileOf(string adapter, string id, string name)
    {
        AdapterExport export = Get(adapter, id);
        return export.Path is { } folder && export.Files.FirstOrDefault(file => file.Name == name) is { } file
            ? Path.Combine(folder, file.Name)
            : throw ApiException.NotFound(
                "file", name,
                export.Path is null
                    ? $"The export is {export.Status}: {export.Error ?? "its files are there when it has succeeded."}"
                    : $"It has {string.Join(", ", export.Files.Select(one => one.Name))}.");
    }

    /// <summary>Exports of an adapter, newest first.</summary>
    public IReadOnlyList<AdapterExport> List(string adapter) => !Directory.Exists(data.PathOf(Room))
        ? []
        :
        [
            .. Directory.EnumerateDirectories(data.PathOf(Room)).Select(path => new ExportFolder(path)).Where(folder => File.Exists(folder.Work))
                .Select(View).Where(export => export.Adapter == adapter)
                .OrderByDescending(export => export.CreatedAt).ThenBy(export => export.Id, StringComparer.Ordinal),
        ];

    public void Dispose() => _one.Dispose();

    private async Task WorkAsync(string id, ExportFolder folder, Task begun)
    {
        await begun;
        CancellationToken stopping = lifetime.ApplicationStopping;
        try
        {
            await _one.WaitAsync(stopping);
            try
            {
                WorkerExit exit = await workers.RunAsync("export", folder.Path, () => Task.CompletedTask, CancellationToken.None, stopping);
                if (!File.Exists(folder.Result) && !File.Exists(folder.Refusal) && !stopping.IsCancellationRequested)
                {
                    JobFolder.Write(folder.Refusal, new ExportRefusal(
                        exit.Code == WorkerExit.DiskFull
                            ? "The disk is full; nothing was published. Make room and ask again."
                            : $"The export's worker ended with code {exit.Code}. {exit.LastWords}"));
                }
            }
            finally
            {
                _one.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends; whoever asks afterwards is told so.
        }
        finally
        {
            _running.TryRemove(id, out _);
        }
    }

    private AdapterExport View(ExportFolder folder)
    {
        ExportWork work = folder.Read<ExportWork>(folder.Work);

        // Asked for first: what ends in between is seen by its file.
        bool isRunning = _running.ContainsKey(work.Id);
        if (File.Exists(folder.Result))
        {
            return folder.Read<AdapterExport>(folder.Result);
        }

        string? error = File.Exists(folder.Refusal)
            ? folder.Read<ExportRefusal>(folder.Refusal).Message
            : isRunning ? null : "The service stopped before the export was made. Ask for it again.";
        return new AdapterExport
        {
            Id = work.Id,
            CreatedAt = work.CreatedAt,
            Adapter = work.Adapter,
            Format = work.Request.Format,
            Type = work.Request.Type,
            Status = error is null ? ExportFolder.Running : ExportFolder.Failed,
            Error = error,
        };
    }
}
