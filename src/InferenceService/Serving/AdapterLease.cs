using Ratchet.Engine.Adapters;

namespace Ratchet.InferenceService.Serving;

/// <summary>Keeps an adapter in memory for one request.</summary>
public sealed class AdapterLease(string id, LoraAdapter adapter, Action release) : IDisposable
{
    private Action? _release = release;

    public string Id { get; } = id;

    public LoraAdapter Adapter { get; } = adapter;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
