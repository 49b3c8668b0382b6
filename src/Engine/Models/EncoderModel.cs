using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>A sentence encoder of BERT's kind: weights only. <see cref="EncoderRunner"/> computes with them.</summary>
/// <param name="config">Sizes.</param>
/// <param name="tokenEmbedding">[vocabulary, hidden].</param>
/// <param name="positionEmbedding">[contextLength, hidden], F32.</param>
/// <param name="tokenTypes">Embeddings of the token types [types, hidden], F32: one is added to every token.</param>
/// <param name="embeddingNorm">After the embeddings are summed.</param>
/// <param name="blocks">[LayerCount].</param>
public sealed class EncoderModel(
    ModelConfig config, WeightMatrix tokenEmbedding, Tensor positionEmbedding, Tensor tokenTypes, LayerNorm embeddingNorm,
    IReadOnlyList<EncoderBlock> blocks) : IDisposable
{
    /// <summary>Sizes.</summary>
    public ModelConfig Config => config;

    /// <summary>[vocabulary, hidden].</summary>
    public WeightMatrix TokenEmbedding => tokenEmbedding;

    /// <summary>[contextLength, hidden], F32.</summary>
    public Tensor PositionEmbedding => positionEmbedding;

    /// <summary>Embeddings of the token types [types, hidden], F32.</summary>
    public Tensor TokenTypes => tokenTypes;

    /// <summary>After the embeddings are summed.</summary>
    public LayerNorm EmbeddingNorm => embeddingNorm;

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<EncoderBlock> Blocks => blocks;

    /// <inheritdoc/>
    public void Dispose()
    {
        tokenEmbedding.Dispose();
        positionEmbedding.Dispose();
        tokenTypes.Dispose();
        embeddingNorm.Dispose();
        foreach (EncoderBlock block in blocks)
        {
            block.Dispose();
        }
    }
}
