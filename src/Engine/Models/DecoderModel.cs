using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>A causal language model: weights only. <see cref="DecoderRunner"/> computes with them; many may share one model.</summary>
public sealed class DecoderModel : IDisposable
{
    private readonly LinearLayer[] _linears;
    private readonly WeightMatrix? _head;

    /// <summary>Takes over its parts.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="tokenEmbedding">[vocabulary, hidden].</param>
    /// <param name="blocks">[LayerCount].</param>
    /// <param name="finalNorm">Gain [hidden], F32.</param>
    /// <param name="head">[vocabulary, hidden]; null where the token embedding is the head.</param>
    public DecoderModel(
        ModelConfig config, WeightMatrix tokenEmbedding, IReadOnlyList<DecoderBlock> blocks, Tensor finalNorm, WeightMatrix? head)
    {
        Config = config;
        TokenEmbedding = tokenEmbedding;
        Blocks = blocks;
        FinalNorm = finalNorm;
        _head = head;
        _linears =
        [
            .. blocks.SelectMany(b => new[]
            {
                b.Attention.Query, b.Attention.Key, b.Attention.Value, b.Attention.Output,
                b.FeedForward.Gate, b.FeedForward.Up, b.FeedForward.Down,
            }),
        ];
        InverseFrequencies = config.Rotary?.InverseFrequencies() ?? [];
    }

    /// <summary>Sizes.</summary>
    public ModelConfig Config { get; }

    /// <summary>[vocabulary, hidden].</summary>
    public WeightMatrix TokenEmbedding { get; }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<DecoderBlock> Blocks { get; }

    /// <summary>Gain [hidden], F32.</summary>
    public Tensor FinalNorm { get; }

    /// <summary>[vocabulary, hidden]: logits = norm(x) · headᵀ.</summary>
    public WeightMatrix Head => _head ?? TokenEmbedding;

    /// <summary>All linear layers but the head, by <see cref="LinearLayer.Index"/>: what "all-linear" means.</summary>
    public IReadOnlyList<LinearLayer> Linears => _linears;

    /// <summary>Numbers in all weights.</summary>
    public long ParameterCount => ((long)TokenEmbedding.Outputs * TokenEmbedding.Inputs)
        + (_head is null ? 0 : (long)_head.Outputs * _head.Inputs)
        + _linears.Sum(l => (long)l.Outputs * l.Inputs)
        + (((2L * Config.LayerCount) + 1) * Config.HiddenSize);

    /// <summary>Bytes that the weights take in memory.</summary>
    public long ByteLength => TokenEmbedding.ByteLength + (_head?.ByteLength ?? 0) + _linears.Sum(l => l.Weight.ByteLength);

    /// <summary>Radians a position of each rotary pair.</summary>
    internal float[] InverseFrequencies { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DecoderBlock block in Blocks)
        {
            block.Dispose();
        }

        TokenEmbedding.Dispose();
        FinalNorm.Dispose();
        _head?.Dispose();
    }
}
