using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Json;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.InferenceService.Serving;

/// <summary>The adapters in memory, by exact id; a request holds a lease on the one it uses until its answer has ended.</summary>
public sealed partial class AdapterTable(
    ModelHost models, AdapterRegistry registry, ServiceData data, IOptions<InferenceOptions> options, TimeProvider clock,
    ILogger<AdapterTable> logger)
    : BackgroundService, IHealthCheck
{
    // vLLM's word for it.
    private const string AlreadyLoaded = "InvalidUserInput";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _loading = new(1);

    private volatile bool _restored;

    private string RememberedPath => data.PathOf("adapters.json");

    /// <summary>Healthy once the adapters of the last run are back: before that, requests for them would find nothing.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            _restored ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Adapters are being loaded."));

    /// <summary>The adapters that requests can name.</summary>
    public IReadOnlyList<(string Id, string Path, long LoadedAt)> List()
    {
        lock (_gate)
        {
            return [.. _entries.Values.Select(entry => (entry.Id, entry.Path, entry.LoadedAt))
                .OrderBy(row => row.Id, StringComparer.Ordinal)];
        }
    }

    /// <summary>Takes a lease; the adapter stays in memory until it is disposed of.</summary>
    /// <returns>Null where no adapter of that id is loaded.</returns>
    public AdapterLease? TryLease(string id)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(id, out Entry? entry))
            {
                return null;
            }

            entry.LeaseCount++;
            return new AdapterLease(id, entry.Adapter, () => Release(entry));
        }
    }

    /// <summary>Reads a PEFT folder and makes it usable under an id.</summary>
    public async Task LoadAsync(string id, string path, CancellationToken cancellation)
    {
        await _loading.WaitAsync(cancellation);
        try
        {
            lock (_gate)
            {
                if (_entries.ContainsKey(id))
                {
                    throw new ApiException(
                        400, AlreadyLoaded,
                        $"The lora adapter '{id}' has already been loaded. An id names one adapter for ever; load another one "
                        + "under another id.",
                        "lora_name");
                }

                if (_entries.Count >= options.Value.AdaptersMax)
                {
                    throw new ApiException(
                        409, "too_many_adapters",
                        $"{_entries.Count} adapters are loaded, and Inference:AdaptersMax is {options.Value.AdaptersMax}. Unload "
                        + "one first, or raise the limit.");
                }
            }

            await AddAsync(id, path, cancellation);
            Remember();
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Loads an adapter that the registry has and this server has not: one of several may have come up later.</summary>
    /// <returns>Whether it is loaded now.</returns>
    public async Task<bool> FetchAsync(string id, CancellationToken cancellation)
    {
        if (await registry.FindAsync(id, cancellation) is not { } path)
        {
            return false;
        }

        try
        {
            await LoadAsync(id, path, cancellation);
        }
        catch (ApiException failure) when (failure.Code == AlreadyLoaded)
        {
            // Another request for it came first.
        }

        return true;
    }

    /// <summary>Takes an adapter away from new requests; its memory is freed when the last answer with it has ended.</summary>
    public void Unload(string id)
    {
        Entry entry;
        bool free;
        lock (_gate)
        {
            if (!_entries.Remove(id, out entry!))
            {
                throw new ApiException(
                    404, "NotFoundError",
                    $"The lora adapter '{id}' cannot be found. GET /v1/models lists those that are loaded.", "lora_name");
            }

            entry.Unloaded = true;
            free = entry.LeaseCount == 0;
        }

        Remember();
        if (free)
        {
            Free(entry);
        }
    }

    /// <summary>After a start: loads again what was loaded before, then what aliases have come to hold since.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _loading.WaitAsync(stoppingToken);
        try
        {
            await RestoreAsync(stoppingToken);
            await CatchUpAsync(stoppingToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogNotRestored(logger, failure);
        }
        finally
        {
            _restored = true;
            _loading.Release();
        }
    }

    private async Task RestoreAsync(CancellationToken stopping)
    {
        if (!File.Exists(RememberedPath))
        {
            return;
        }

        await models.WhenLoaded.WaitAsync(stopping);
        byte[] text = await File.ReadAllBytesAsync(RememberedPath, stopping);
        foreach (Remembered row in JsonSerializer.Deserialize<List<Remembered>>(text, RatchetJson.Options) ?? [])
        {
            try
            {
                await AddAsync(row.Id, row.Path, stopping);
            }
            catch (Exception failure) when (failure is ApiException or IOException)
            {
                LogGone(logger, row.Id, row.Path, failure.Message);
            }
        }
    }

    // Nobody is sent here before this is done: health says so.
    private async Task CatchUpAsync(CancellationToken stopping)
    {
        IReadOnlyList<(string Id, string Path)> held = await registry.HeldAsync(stopping);
        if (held.Count > 0)
        {
            await models.WhenLoaded.WaitAsync(stopping);
        }

        foreach ((string id, string path) in held)
        {
            lock (_gate)
            {
                if (_entries.ContainsKey(id) || _entries.Count >= options.Value.AdaptersMax)
                {
                    continue;
                }
            }

            try
            {
                await AddAsync(id, path, stopping);
                Remember();
            }
            catch (ApiException failure)
            {
                LogNotFetched(logger, id, path, failure.Message);
            }
        }
    }

    private async Task AddAsync(string id, string path, CancellationToken cancellation)
    {
        ModelHost.Loaded model = models.Current;
        LoraAdapter adapter;
        try
        {
            adapter = await Task.Run(() => Load(path, model.Decoder.Model), cancellation);
        }
        catch (Exception failure) when (failure is IOException or FormatException or ArgumentException
            or UnauthorizedAccessException or JsonException or InvalidDataException)
        {
            throw new ApiException(
                400, "adapter_not_usable", $"The adapter in '{path}' cannot be used: {failure.Message}", "lora_path");
        }

        lock (_gate)
        {
            _entries.Add(id, new Entry(id, path, adapter, clock.GetUtcNow().ToUnixTimeSeconds()));
        }

        LogLoaded(logger, id, path);
    }

    private static LoraAdapter Load(string path, DecoderModel model)
    {
        var adapter = LoraAdapter.Load(path, model);
        adapter.RoundForServing();
        return adapter;
    }

    private void Release(Entry entry)
    {
        bool free;
        lock (_gate)
        {
            entry.LeaseCount--;
            free = entry.Unloaded && entry.LeaseCount == 0;
        }

        if (free)
        {
            Free(entry);
        }
    }

    private void Free(Entry entry)
    {
        models.Current.Engine.Forget(entry.Id);
        entry.Adapter.Dispose();
        LogUnloaded(logger, entry.Id);
    }

    private void Remember()
    {
        lock (_gate)
        {
            AtomicFile.WriteAllBytes(
                RememberedPath,
                JsonSerializer.SerializeToUtf8Bytes(
                    _entries.Values.Select(entry => new Remembered(entry.Id, entry.Path)), RatchetJson.Options));
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Adapter {Id} is loaded from {Path}")]
    private static partial void LogLoaded(ILogger logger, string id, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "Adapter {Id} is unloaded")]
    private static partial void LogUnloaded(ILogger logger, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Adapter {Id} was loaded before and cannot be now, from {Path}: {Reason}")]
    private static partial void LogGone(ILogger logger, string id, string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An alias holds the adapter {Id}, which cannot be loaded from {Path}: {Reason}")]
    private static partial void LogNotFetched(ILogger logger, string id, string path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The adapters of the last run could not be loaded again")]
    private static partial void LogNotRestored(ILogger logger, Exception exception);

    private sealed class Entry(string id, string path, LoraAdapter adapter, long loadedAt)
    {
        public string Id { get; } = id;

        public string Path { get; } = path;

        public LoraAdapter Adapter { get; } = adapter;

        public long LoadedAt { get; } = loadedAt;

        public int LeaseCount { get; set; }

        public bool Unloaded { get; set; }
    }

    private sealed record Remembered(string Id, string Path);
}
