using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Ratchet.Engine.Models;

/// <summary>A causal language model: weights only. <see cref="DecoderRunner"/> computes with them; many may share one model.</summary>
public sealed class DecoderModel : IDisposable
{
    private readonly LinearLayer[] _linears;
    private WeightMatrix? _head;

    /// <summary>Takes over its parts.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="tokenEmbedding">[vocabulary, hidden].</param>
    /// <param name="blocks">[LayerCount]; all of the same kinds of layers.</param>
    /// <param name="finalNorm">Before the head.</param>
    /// <param name="head">[vocabulary, hidden]; null where the token embedding is the head.</param>
    public DecoderModel(
        ModelConfig config, WeightMatrix tokenEmbedding, IReadOnlyList<DecoderBlock> blocks, NormLayer finalNorm, WeightMatrix? head)
    {
        Config = config;
        TokenEmbedding = tokenEmbedding;
        Blocks = blocks;
        FinalNorm = finalNorm;
        _head = head;
        _linears = [.. blocks.SelectMany(b => b.Linears)];
        InverseFrequencies = config.Rotary?.InverseFrequencies() ?? [];
        LinearsPerBlock = _linears.Length / Math.Max(1, blocks.Count);
    }

    /// <summary>Sizes.</summary>
    public ModelConfig Config { get; }

    /// <summary>[vocabulary, hidden].</summary>
    public WeightMatrix TokenEmbedding { get; private set; }

    /// <summary>Embedding of each position [contextLength, hidden], F32; null where positions turn queries and keys.</summary>
    public Tensor? PositionEmbedding { get; init; }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<DecoderBlock> Blocks { get; }

    /// <summary>Before the head.</summary>
    public NormLayer FinalNorm { get; }

    /// <summary>[vocabulary, hidden]: logits = norm(x) · headᵀ.</summary>
    public WeightMatrix Head => _head ?? TokenEmbedding;

    /// <summary>Added to the logits [vocabulary], F32, or null.</summary>
    public Tensor? HeadBias { get; init; }

    /// <summary>What the model's files call its parts outside the blocks.</summary>
    public DecoderPartNames PartNames { get; init; } = new();

    /// <summary>All linear layers but the head, by <see cref="LinearLayer.Index"/>: what "all-linear" means.</summary>
    public IReadOnlyList<LinearLayer> Linears => _linears;

    /// <summary>Linear layers of one block.</summary>
    public int LinearsPerBlock { get; }

    /// <summary>Numbers in all weights.</summary>
    public long ParameterCount => ((long)TokenEmbedding.Outputs * TokenEmbedding.Inputs)
        + (_head is null ? 0 : (long)_head.Outputs * _head.Inputs) + (HeadBias?.Count ?? 0) + (PositionEmbedding?.Count ?? 0)
        + _linears.Sum(l => ((long)l.Outputs * l.Inputs) + (l.Bias?.Count ?? 0))
        + Norms.Sum(n => n.Weight.Count + (n.Bias?.Count ?? 0));

    /// <summary>Bytes that the weights take in memory.</summary>
    public long ByteLength => TokenEmbedding.ByteLength + (_head?.ByteLength ?? 0) + _linears.Sum(l => l.Weight.ByteLength);

    /// <summary>Radians a position of each rotary pair.</summary>
    internal float[] InverseFrequencies { get; }

    private IEnumerable<NormLayer> Norms => Blocks.SelectMany(b => b.Norms).Append(FinalNorm);

    /// <summary>Puts another token embedding in place and gives the old one to the caller. The head keeps what it is.</summary>
    /// <param name="replacement">[vocabulary, hidden].</param>
    internal WeightMatrix ExchangeEmbedding(WeightMatrix replacement)
    {
        WeightMatrix old = TokenEmbedding;
        TokenEmbedding = replacement;
        return old;
    }

    /// <summary>Puts another head in place and gives the old one to the caller: null where the token embedding was the head.</summary>
    /// <param name="replacement">[vocabulary, hidden], or null for the token embedding.</param>
    internal WeightMatrix? ExchangeHead(WeightMatrix? replacement)
    {
        WeightMatrix? old = _head;
        _head = replacement;
        return old;
    }

    /// <summary>What goes into the first block for a token: its embedding, an adapter's addition, the scale, and that of its position.</summary>
    /// <param name="token">In [0, vocabulary).</param>
    /// <param name="position">Place in its sequence.</param>
    /// <param name="adapter">The sequence's adapter, or null.</param>
    /// <param name="into">Output [hidden].</param>
    internal void Embed(int token, int position, ILowRankAdapter? adapter, Span<float> into)
    {
        LookUp(token, adapter, into);
        if (Config.EmbeddingScale != 1f)
        {
            TensorPrimitives.Multiply(into, Config.EmbeddingScale, into);
        }

        if (PositionEmbedding is { } table)
        {
            TensorPrimitives.Add(into, table.Floats.Slice(position * Config.HiddenSize, Config.HiddenSize), into);
        }
    }

    /// <summary>A token's embedding with an adapter's addition.</summary>
    /// <param name="token">In [0, vocabulary).</param>
    /// <param name="adapter">Or null.</param>
    /// <param name="into">Output [hidden].</param>
    internal unsafe void LookUp(int token, ILowRankAdapter? adapter, Span<float> into)
    {
        if (adapter != null && adapter.Embedding != null)
        {
            new ReadOnlySpan<float>(adapter.Embedding + ((long)token * Config.HiddenSize), Config.HiddenSize).CopyTo(into);
        }
        else
        {
            TokenEmbedding.DequantizeRow(token, into);
        }

        LowRankFactors factors = adapter?.EmbeddingFactors ?? default;
        for (int r = 0; r < factors.Rank; r++)
        {
            float share = factors.Scale * factors.A[((long)r * Config.VocabularySize) + token];
            TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(factors.B + ((long)r * Config.HiddenSize), Config.HiddenSize), share, into, into);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DecoderBlock block in Blocks)
        {
            block.Dispose();
        }

        TokenEmbedding.Dispose();
        PositionEmbedding?.Dispose();
        FinalNorm.Dispose();
        _head?.Dispose();
        HeadBias?.Dispose();
    }
}
