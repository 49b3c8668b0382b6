namespace Ratchet.Engine.Models;

/// <summary>What a model's files call its parts outside the blocks; Llama's words where nothing is said.</summary>
public sealed record DecoderPartNames
{
    /// <summary>The table of token embeddings.</summary>
    public string TokenEmbedding { get; init; } = "model.embed_tokens";

    /// <summary>The table of position embeddings, where there is one.</summary>
    public string PositionEmbedding { get; init; } = string.Empty;

    /// <summary>The output head.</summary>
    public string Head { get; init; } = "lm_head";
}
