using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using HostTensor = Ratchet.Engine.Tensors.Tensor;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>The weights of a <see cref="DecoderModel"/> on a device, and the layers around its blocks.</summary>
internal sealed class DeviceDecoder : IDisposable
{
    private readonly TorchDevice _device;
    private readonly List<IDisposable> _parts = [];
    private readonly DeviceWeight _embedding;
    private readonly DeviceWeight _head;
    private readonly DeviceNorm _finalNorm;
    private readonly Tensor? _headBias;
    private readonly Tensor? _positions;
    private readonly DeviceBlock[] _blocks;
    private readonly Dictionary<int, DeviceLinear> _linears;

    /// <summary>Takes all weights to a device, one at a time.</summary>
    /// <param name="model">Shared, not owned; what is done to its weights afterwards is not seen here.</param>
    /// <param name="device">Where to.</param>
    /// <param name="keepsBlocks">Whether weights stay in their stored blocks.</param>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public DeviceDecoder(DecoderModel model, TorchDevice device, bool keepsBlocks)
    {
        (Model, KeepsBlocks, _device) = (model, keepsBlocks, device);
        try
        {
            (_embedding, _head, _finalNorm, _headBias, _positions, _blocks) = device.Run(
                $"A model of {model.ParameterCount:N0} numbers",
                "Keep the weights in their blocks with Engine:Weights=blocks, choose a smaller model or a stronger quantisation, or run on the managed engine with Engine:Backend=managed.",
                () =>
                {
                    DeviceWeight embedding = Kept(new DeviceWeight(model.TokenEmbedding, device, keepsBlocks));
                    DeviceWeight head = ReferenceEquals(model.Head, model.TokenEmbedding) ? embedding : Kept(new DeviceWeight(model.Head, device, keepsBlocks));
                    return (
                        embedding, head, Kept(new DeviceNorm(model.FinalNorm, model.Config, device)), Vector(model.HeadBias), Vector(model.PositionEmbedding),
                        model.Blocks.Select(b => Kept(new DeviceBlock(model.Config, b, device, keepsBlocks))).ToArray());
                });
        }
        catch
        {
            Dispose();
            throw;
        }

        _linears = _blocks.SelectMany(b => b.Linears).ToDictionary(l => l.Layer.Index);

        Tensor? Vector(HostTensor? table) => table is null ? null : Kept(HostCopy.Vector(table, device));

        T Kept<T>(T part)
            where T : IDisposable
        {
            _parts.Add(part);
            return part;
        }
    }

    /// <summary>What it was made of.</summary>
    public DecoderModel Model { get; }

    /// <summary>Sizes.</summary>
    public ModelConfig Config => Model.Config;

    /// <summary>Whether weights stay in their stored blocks: then no gradient tape may hold them, since it would hold copies of all.</summary>
    public bool KeepsBlocks { get; }

    /// <summary>A layer by <see cref="LinearLayer.Index"/>.</summary>
    public DeviceLinear Linear(int index) => _linears[index];

    /// <summary>What goes into the first block [rows, hidden], single precision: embeddings, an adapter's addition, scale, positions.</summary>
    /// <param name="tokens">Each in [0, vocabulary).</param>
    /// <param name="positions">Each in [0, contextLength).</param>
    /// <param name="adapter">Of all these rows, or null.</param>
    public Tensor Embed(ReadOnlySpan<int> tokens, ReadOnlySpan<int> positions, IAdapterNumbers? adapter)
    {
        Tensor ids = HostCopy.Ids(tokens, _device);
        Tensor x = adapter?.Embedding?.index_select(0, ids) ?? _embedding.Rows(ids);
        if (adapter?.EmbeddingFactors is { } factors)
        {
            x = x.add(factors.A.index_select(1, ids).t().mm(factors.B).mul(factors.Scale));
        }

        if (Config.EmbeddingScale != 1f)
        {
            x = x.mul(Config.EmbeddingScale);
        }

        return _positions is null
            ? x
            : x.add(_positions.view(-1, Config.HiddenSize).index_select(0, HostCopy.Ids(positions, _device)));
    }

    /// <summary>One layer.</summary>
    public Tensor Block(int layer, Tensor x, IPassRows rows) => _blocks[layer].Forward(layer, x, rows);

    /// <summary>Logits [rows, vocabulary], single precision.</summary>
    /// <param name="x">What the last layer gave [rows, hidden].</param>
    /// <param name="adapter">Of all these rows, or null.</param>
    public Tensor Logits(Tensor x, IAdapterNumbers? adapter)
    {
        Tensor norm = _finalNorm.Forward(x);
        Tensor logits = adapter?.Head is { } own
            ? linear(norm, own)
            : linear(norm.to(_device.WeightType), _head.Dense()).to(ScalarType.Float32);
        if ((adapter?.HeadBias ?? _headBias) is { } bias)
        {
            logits = logits.add(bias);
        }

        float cap = Config.LogitCap;
        return cap == 0f ? logits : logits.mul(1f / cap).tanh().mul(cap);
    }

    /// <inheritdoc/>
    public void Dispose() => _parts.ForEach(part => part.Dispose());
}
