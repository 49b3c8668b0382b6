using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using Ratchet.Engine.Training.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ratchet.Engine.Torch.Training;

/// <summary>The rows of packed samples: attention stays inside a sample, and one adapter serves all rows.</summary>
/// <param name="row">Samples one after another.</param>
/// <param name="config">Sizes.</param>
/// <param name="adapter">What is trained.</param>
/// <param name="dropout">Chance of an input element of A to be zeroed.</param>
/// <param name="dropoutKey">Names the row's masks.</param>
/// <param name="device">Where.</param>
internal sealed class TrainingRows(PackedRow row, ModelConfig config, DeviceAdapter adapter, float dropout, ulong dropoutKey, TorchDevice device)
    : IPassRows
{
    // One for each size of window that layers have, made before any layer's own scope begins.
    private readonly Dictionary<int, Tensor> _masks = Enumerable.Range(0, config.LayerCount).Select(layer => config.AttentionShape(layer).Window)
        .Distinct().ToDictionary(window => window, window => BlockDiagonal(row, window, device));

    /// <inheritdoc/>
    public RotaryAngles? Angles { get; } = RotaryAngles.Of(row.Positions.AsSpan(0, row.TokenCount), config.Rotary, device);

    /// <inheritdoc/>
    public Tensor Finish(DeviceLinear linear, Tensor x, Tensor product)
    {
        if (adapter.Of(linear.Layer) is { } factors)
        {
            product = product.add(Dropped(linear.Layer, x, factors));
            product = factors.Gain is null ? product : product.mul(factors.Gain);
        }

        return linear.Bias is null ? product : product.add(linear.Bias);
    }

    /// <inheritdoc/>
    public Tensor Attend(int layer, Tensor query, Tensor key, Tensor value)
    {
        AttentionShape shape = config.AttentionShape(layer);
        return HeadAttention.Attend(query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), _masks[shape.Window], shape, device);
    }

    private Tensor Dropped(LinearLayer layer, Tensor x, LayerFactors factors)
    {
        Tensor dropped = dropout == 0f
            ? x
            : x.mul(DropoutMask.Of(row.TokenCount, layer.Inputs, dropout, DropoutKernel.Key(dropoutKey, (ulong)layer.Index), device));
        return linear(dropped, factors.A).mul(factors.Scale).mm(factors.B);
    }

    // [rows, rows]: a token sees itself and what is before it in its own sample, as far back as its window reaches.
    private static Tensor BlockDiagonal(PackedRow row, int window, TorchDevice device)
    {
        Tensor segments = HostCopy.Ids(row.Segments.AsSpan(0, row.TokenCount), device);
        Tensor places = arange(0, row.TokenCount, dtype: ScalarType.Int64, device: device.Handle);
        Tensor back = places.unsqueeze(1).sub(places.unsqueeze(0));
        Tensor mask = segments.unsqueeze(1).eq(segments.unsqueeze(0)).logical_and(back.ge(0));
        return window == 0 ? mask : mask.logical_and(back.lt(window));
    }
}
