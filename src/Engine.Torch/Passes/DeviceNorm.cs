using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>A <see cref="NormLayer"/> on a device, in single precision: a layer norm where it has a bias, else an RMS norm.</summary>
internal sealed class DeviceNorm(NormLayer norm, ModelConfig config, TorchDevice device) : IDisposable
{
    private readonly Tensor _gain = HostCopy.Vector(norm.Weight, device, norm.Bias is null ? config.NormOffset : 0f);
    private readonly Tensor? _bias = norm.Bias is { } bias ? HostCopy.Vector(bias, device) : null;

    /// <summary>Norms of rows.</summary>
    /// <param name="x">[..., dim].</param>
    public Tensor Forward(Tensor x) => _bias is null
        ? x.mul(x.mul(x).mean([-1L], keepdim: true).add(config.NormEpsilon).rsqrt()).mul(_gain)
        : layer_norm(x, [norm.Size], _gain, _bias, config.NormEpsilon);

    /// <inheritdoc/>
    public void Dispose()
    {
        _gain.Dispose();
        _bias?.Dispose();
    }
}
