using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Inference;

/// <summary>The rows of a pass over pieces of sequences: those of one adapter side by side, each piece attending to its own cache.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "Copies of adapters belong to AdapterCopies.")]
internal sealed class PieceRows : IPassRows
{
    private readonly SequencePiece[] _pieces;
    private readonly int[] _firstRows;
    private readonly int[] _order;
    private readonly List<Group> _groups = [];
    private readonly IAdapterNumbers?[] _adapters;
    private readonly ModelConfig _config;
    private readonly TorchDevice _device;
    private readonly int[] _tokens;
    private readonly int[] _positions;
    private readonly Dictionary<(int Piece, int Window), Tensor?> _masks = [];

    /// <summary>Gives each piece its rows. The pieces were checked.</summary>
    public PieceRows(SequencePiece[] pieces, ModelConfig config, AdapterCopies adapters, TorchDevice device)
    {
        (_pieces, _config, _device) = (pieces, config, device);
        _firstRows = new int[pieces.Length];
        _adapters = new IAdapterNumbers?[pieces.Length];
        var tokens = new List<int>();
        var positions = new List<int>();
        int[] windows = [.. Enumerable.Range(0, config.LayerCount).Select(layer => config.AttentionShape(layer).Window).Distinct()];
        foreach (IGrouping<ILowRankAdapter?, int> group in Enumerable.Range(0, pieces.Length).GroupBy(i => pieces[i].Adapter))
        {
            int first = tokens.Count;
            IAdapterNumbers? adapter = group.Key is { } own ? adapters.Of(own) : null;
            foreach (int piece in group)
            {
                _firstRows[piece] = tokens.Count;
                _adapters[piece] = adapter;
                tokens.AddRange(pieces[piece].Tokens.Span);
                positions.AddRange(Enumerable.Range(pieces[piece].Cache.Length, pieces[piece].Tokens.Length));
                foreach (int window in windows)
                {
                    _masks[(piece, window)] = Mask(pieces[piece], window, device);
                }
            }

            _groups.Add(new Group(adapter, first, tokens.Count - first));
        }

        _order = [.. Enumerable.Range(0, pieces.Length).OrderBy(i => _firstRows[i])];
        (_tokens, _positions) = ([.. tokens], [.. positions]);
        Angles = RotaryAngles.Of(_positions, config.Rotary, device);
    }

    /// <inheritdoc/>
    public RotaryAngles? Angles { get; }

    /// <summary>First row of a piece, by the caller's order.</summary>
    public int FirstRow(int piece) => _firstRows[piece];

    /// <summary>The adapter of a piece on the device, or null.</summary>
    public IAdapterNumbers? AdapterOf(int piece) => _adapters[piece];

    /// <summary>What goes into the first block.</summary>
    public Tensor Embed(DeviceDecoder decoder)
    {
        Tensor[] parts =
        [
            .. _groups.Select(g => decoder.Embed(_tokens.AsSpan(g.First, g.Count), _positions.AsSpan(g.First, g.Count), g.Adapter)),
        ];
        return parts.Length == 1 ? parts[0] : cat(parts, 0);
    }

    /// <inheritdoc/>
    public Tensor Finish(DeviceLinear linear, Tensor x, Tensor product)
    {
        foreach (Group group in _groups)
        {
            if (group.Adapter?.Of(linear.Layer) is { } factors)
            {
                Tensor own = product.narrow(0, group.First, group.Count);
                own.add_(nn.functional.linear(x.narrow(0, group.First, group.Count), factors.A).mul(factors.Scale).mm(factors.B));
                if (factors.Gain is not null)
                {
                    own.mul_(factors.Gain);
                }
            }
        }

        return linear.Bias is null ? product : product.add_(linear.Bias);
    }

    /// <inheritdoc/>
    public Tensor Attend(int layer, Tensor query, Tensor key, Tensor value)
    {
        AttentionShape shape = _config.AttentionShape(layer);
        var attended = new Tensor[_pieces.Length];
        for (int i = 0; i < _order.Length; i++)
        {
            int piece = _order[i];
            var cache = (TorchSequenceCache)_pieces[piece].Cache;
            (Tensor keys, Tensor values) = cache.Append(layer, Heads(key, piece), Heads(value, piece));
            attended[i] = HeadAttention.Attend(Heads(query, piece), keys, values, _masks[(piece, shape.Window)], shape, _device);
        }

        return attended.Length == 1 ? attended[0] : cat(attended, 0);
    }

    /// <summary>The pass is done: its tokens count as seen.</summary>
    public void Commit()
    {
        foreach (SequencePiece piece in _pieces)
        {
            ((TorchSequenceCache)piece.Cache).Advance(piece.Tokens.Length);
        }
    }

    // [heads, rows of the piece, headSize]
    private Tensor Heads(Tensor x, int piece) => x.narrow(0, _firstRows[piece], _pieces[piece].Tokens.Length).transpose(0, 1);

    // A row sees all that was before and, of the new tokens, those up to itself, as far back as the window reaches.
    private static Tensor? Mask(in SequencePiece piece, int window, TorchDevice device)
    {
        int seen = piece.Cache.Length;
        int added = piece.Tokens.Length;
        if (added == 1 && (window == 0 || seen < window))
        {
            return null;
        }

        Tensor keys = arange(0, seen + added, dtype: ScalarType.Int64, device: device.Handle);
        Tensor back = arange(seen, seen + added, dtype: ScalarType.Int64, device: device.Handle).unsqueeze(1).sub(keys.unsqueeze(0));
        return window == 0 ? back.ge(0) : back.ge(0).logical_and(back.lt(window));
    }

    private readonly record struct Group(IAdapterNumbers? Adapter, int First, int Count);
}
