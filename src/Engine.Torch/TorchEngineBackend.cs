using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Inference;
using Ratchet.Engine.Torch.Passes;
using Ratchet.Engine.Torch.Training;
using Ratchet.Engine.Training;

namespace Ratchet.Engine.Torch;

/// <summary>Torch on one device. Backends of the same model share its weights there.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "What is made goes to the caller, or to the table of shared decoders.")]
internal sealed class TorchEngineBackend(TorchDevice device, bool keepsBlocks, string reason) : IEngineBackend
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DecoderModel, (DeviceDecoder Decoder, int Shares)> _decoders = [];

    /// <inheritdoc/>
    public string Name => BackendOptions.Torch;

    /// <inheritdoc/>
    public string Device => device.Name;

    /// <inheritdoc/>
    public string Reason => reason;

    /// <inheritdoc/>
    public ITrainingBackend CreateTraining(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax)
    {
        DecoderLease lease;
        try
        {
            lease = Share(model);
        }
        catch
        {
            adapter.Dispose();
            throw;
        }

        return new TorchTrainingBackend(model, adapter, lease, tokensMax, activationBytesMax, device);
    }

    /// <inheritdoc/>
    public IInferenceBackend CreateInference(
        DecoderModel model, Precision precision, int tokensMax, Precision? promptPrecision = null, CachePrecision? cachePrecision = null)
        => new TorchInferenceBackend(Share(model), tokensMax, device);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach ((DeviceDecoder decoder, _) in _decoders.Values)
            {
                decoder.Dispose();
            }

            _decoders.Clear();
        }
    }

    private DecoderLease Share(DecoderModel model)
    {
        lock (_gate)
        {
            (DeviceDecoder decoder, int shares) = _decoders.TryGetValue(model, out (DeviceDecoder, int) there)
                ? there
                : (new DeviceDecoder(model, device, keepsBlocks), 0);
            _decoders[model] = (decoder, shares + 1);
            return new DecoderLease(decoder, () => End(model));
        }
    }

    private void End(DecoderModel model)
    {
        lock (_gate)
        {
            if (!_decoders.TryGetValue(model, out (DeviceDecoder Decoder, int Shares) there))
            {
                return;
            }

            if (there.Shares > 1)
            {
                _decoders[model] = there with { Shares = there.Shares - 1 };
                return;
            }

            _decoders.Remove(model);
            there.Decoder.Dispose();
        }
    }
}
