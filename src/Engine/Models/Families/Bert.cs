namespace Ratchet.Engine.Models.Families;

/// <summary>BERT and sentence encoders made of it: MiniLM. Names are Hugging Face's; those of a block follow "encoder.layer.N.".</summary>
internal static class Bert
{
    public const string Architecture = "bert";
    public const string WordEmbedding = "embeddings.word_embeddings.weight";
    public const string PositionEmbedding = "embeddings.position_embeddings.weight";
    public const string TokenTypes = "embeddings.token_type_embeddings.weight";
    public const string EmbeddingNorm = "embeddings.LayerNorm";
    public const string AttentionOutput = "attention.output.dense";
    public const string AttentionNorm = "attention.output.LayerNorm";
    public const string Up = "intermediate.dense";
    public const string Down = "output.dense";
    public const string OutputNorm = "output.LayerNorm";

    public static readonly IReadOnlyList<string> AttentionInputs = ["attention.self.query", "attention.self.key", "attention.self.value"];
}
