using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>One layer of a decoder on a device. The stream between layers is single precision, whatever the weights are.</summary>
internal sealed class DeviceBlock : IDisposable
{
    private readonly ModelConfig _config;
    private readonly DecoderBlock _block;
    private readonly Dictionary<NormLayer, DeviceNorm> _norms = [];
    private readonly Dictionary<LinearLayer, DeviceLinear> _linears = [];

    /// <summary>Takes a layer to a device.</summary>
    public DeviceBlock(ModelConfig config, DecoderBlock block, TorchDevice device, bool keepsBlocks)
    {
        (_config, _block) = (config, block);
        foreach (NormLayer norm in block.Norms)
        {
            _norms[norm] = new DeviceNorm(norm, config, device);
        }

        foreach (LinearLayer linear in block.Linears)
        {
            _linears[linear] = new DeviceLinear(linear, device, keepsBlocks);
        }
    }

    /// <summary>Its linear layers.</summary>
    public IEnumerable<DeviceLinear> Linears => _linears.Values;

    /// <summary>What the layer makes of the stream; see <see cref="DecoderBlock"/>.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="x">[rows, hidden], single precision.</param>
    /// <param name="rows">Places, adapters, attention.</param>
    /// <returns>[rows, hidden], single precision.</returns>
    public Tensor Forward(int layer, Tensor x, IPassRows rows)
    {
        Tensor norm = Norm(_block.AttentionNorm, x)!;
        Tensor middle = x.add(Normed(_block.PostAttentionNorm, Linear(_block.Attention.Output, Attended(layer, norm, rows), rows)));
        norm = Norm(_block.FeedForwardNorm, middle) ?? norm;
        return middle.add(Normed(_block.PostFeedForwardNorm, Linear(_block.FeedForward.Down, Curved(norm, rows), rows)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _norms.Values.Concat<IDisposable>(_linears.Values))
        {
            part.Dispose();
        }
    }

    private Tensor Attended(int layer, Tensor norm, IPassRows rows)
    {
        Attention attention = _block.Attention;
        Tensor query;
        Tensor key;
        Tensor value;
        if (attention.IsFused)
        {
            Tensor all = Linear(attention.Inputs[0], norm, rows);
            query = all.narrow(1, 0, _config.QuerySize);
            key = all.narrow(1, _config.QuerySize, _config.KeyValueSize);
            value = all.narrow(1, _config.QuerySize + _config.KeyValueSize, _config.KeyValueSize);
        }
        else
        {
            query = Linear(attention.Query, norm, rows);
            key = Linear(attention.Key, norm, rows);
            value = Linear(attention.Value, norm, rows);
        }

        query = Normed(attention.QueryNorm, Heads(query, _config.HeadCount));
        key = Normed(attention.KeyNorm, Heads(key, _config.KeyValueHeadCount));
        return rows.Attend(
            layer, rows.Angles?.Turn(query) ?? query, rows.Angles?.Turn(key) ?? key, Heads(value, _config.KeyValueHeadCount));
    }

    private Tensor Heads(Tensor x, int heads) => x.reshape(x.shape[0], heads, _config.HeadSize);

    private Tensor Curved(Tensor norm, IPassRows rows)
    {
        IReadOnlyList<LinearLayer> inputs = _block.FeedForward.Inputs;
        Tensor first = Linear(inputs[0], norm, rows);
        if (!_config.IsGated)
        {
            return Curve(first);
        }

        int size = _config.FeedForwardSize;
        return inputs.Count == 1
            ? Curve(first.narrow(1, 0, size)).mul(first.narrow(1, size, size))
            : Curve(first).mul(Linear(inputs[1], norm, rows));
    }

    private Tensor Curve(Tensor x) => _config.Activation switch
    {
        Activation.Silu => silu(x),
        Activation.Gelu => gelu(x),

        // x · σ(2·√(2/π)·(x + 0.044715·x³)): not every version of TorchSharp has the hyperbolic form.
        _ => x.mul(x.mul(x).mul(0.044715f).add(1f).mul(x).mul(1.5957691216057308f).sigmoid()),
    };

    private Tensor Normed(NormLayer? norm, Tensor x) => Norm(norm, x) ?? x;

    private Tensor? Norm(NormLayer? norm, Tensor x) => norm is null ? null : _norms[norm].Forward(x);

    private Tensor Linear(LinearLayer layer, Tensor x, IPassRows rows) => rows.Finish(_linears[layer], x, _linears[layer].Product(x));
}
