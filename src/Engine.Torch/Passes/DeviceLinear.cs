using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>A linear layer's weight and bias on a device.</summary>
internal sealed class DeviceLinear(LinearLayer layer, TorchDevice device, bool keepsBlocks) : IDisposable
{
    private readonly DeviceWeight _weight = new(layer.Weight, device, keepsBlocks);

    /// <summary>The layer in the engine's memory.</summary>
    public LinearLayer Layer => layer;

    /// <summary>[outputs], single precision, or null.</summary>
    public Tensor? Bias { get; } = layer.Bias is { } bias ? HostCopy.Vector(bias, device) : null;

    /// <summary>x·wᵀ, computed in the weight's numbers and given in single precision.</summary>
    /// <param name="x">[rows, inputs], single precision.</param>
    /// <exception cref="ArgumentException">The rows are of another size.</exception>
    public Tensor Product(Tensor x)
    {
        // torch's own message would name neither the layer nor what it takes.
        if (x.shape[^1] != layer.Inputs)
        {
            throw new ArgumentException($"{layer.Name} takes rows of {layer.Inputs} numbers; these have {x.shape[^1]}.", nameof(x));
        }

        return linear(x.to(device.WeightType), _weight.Dense()).to(ScalarType.Float32);
    }

    /// <summary>1 / the norm of each output's weights with an adapter's addition [outputs]: what DoRA's magnitudes stand over.</summary>
    public Tensor InverseNorms(Tensor a, Tensor b, float scale)
    {
        Tensor sum = _weight.Dense().to(ScalarType.Float32).add(b.t().mm(a).mul(scale));
        return sum.mul(sum).sum(1).rsqrt();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        Bias?.Dispose();
    }
}
