using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Inference;

/// <summary>Keys and values of one sequence on a device, [layer, key | value, head, capacity, headSize].</summary>
internal sealed class TorchSequenceCache : ISequenceCache
{
    private readonly Tensor _memory;
    private readonly Tensor[] _parts;
    private bool _isDisposed;

    /// <summary>Reserves memory for <paramref name="capacity"/> tokens.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="capacity">Tokens, from 1 up.</param>
    /// <param name="device">Where, and in which numbers.</param>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public TorchSequenceCache(ModelConfig config, int capacity, TorchDevice device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (Config, Capacity, Home) = (config, capacity, device);
        int parts = 2 * config.LayerCount;
        (_memory, _parts) = device.Run(
            $"A cache for {capacity} tokens", "Lower Inference:CacheMegabytesMax or Inference:SequencesMax, or ask for shorter answers.", () =>
            {
                using IDisposable noTape = no_grad();
                Tensor memory = empty(
                    [parts, config.KeyValueHeadCount, capacity, config.HeadSize], dtype: device.WeightType, device: device.Handle);
                Tensor[] views = [.. Enumerable.Range(0, parts).Select(i => memory.narrow(0, i, 1).squeeze(0).DetachFromDisposeScope())];
                return (memory.DetachFromDisposeScope(), views);
            });
    }

    /// <summary>Frees memory that nobody disposed of.</summary>
    ~TorchSequenceCache() => Free();

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Sizes of the model that it was made for.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where it lies.</summary>
    public TorchDevice Home { get; }

    /// <inheritdoc/>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void CopyFrom(ISequenceCache other, int length)
    {
        if (other is not TorchSequenceCache from || from.Config != Config || from.Home != Home)
        {
            throw new ArgumentException("The other cache belongs to another model or backend; only one of the same can be copied.", nameof(other));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, from.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Capacity);
        ObjectDisposedException.ThrowIf(_isDisposed || from._isDisposed, this);
        if (length > 0)
        {
            using IDisposable noTape = no_grad();
            using DisposeScope scope = NewDisposeScope();
            _memory.narrow(2, 0, length).copy_(from._memory.narrow(2, 0, length));
        }

        Length = length;
    }

    /// <summary>Puts keys and values of new tokens after those that count, and returns all of a layer.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="key">[keyValueHeads, new, headSize].</param>
    /// <param name="value">Likewise.</param>
    /// <returns>Views [keyValueHeads, seen + new, headSize].</returns>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        long added = key.shape[1];
        Tensor keys = _parts[2 * layer];
        Tensor values = _parts[(2 * layer) + 1];
        keys.narrow(1, Length, added).copy_(key);
        values.narrow(1, Length, added).copy_(value);
        return (keys.narrow(1, 0, Length + added), values.narrow(1, 0, Length + added));
    }

    /// <summary>Counts tokens whose keys and values all layers have written.</summary>
    public void Advance(int tokens) => Length += tokens;

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            foreach (Tensor part in _parts ?? [])
            {
                part.Dispose();
            }

            _memory?.Dispose();
        }
    }
}
