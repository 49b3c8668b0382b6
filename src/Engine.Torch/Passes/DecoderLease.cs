namespace Ratchet.Engine.Torch.Passes;

/// <summary>A share in a model's weights on a device; they end with the last share.</summary>
internal sealed class DecoderLease(DeviceDecoder decoder, Action end) : IDisposable
{
    private Action? _end = end;

    /// <summary>The weights.</summary>
    public DeviceDecoder Decoder => decoder;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
}
