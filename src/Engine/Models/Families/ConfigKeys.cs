namespace Ratchet.Engine.Models.Families;

/// <summary>What a family's config.json calls its sizes; Llama's words where nothing is said.</summary>
internal sealed record ConfigKeys
{
    public string HiddenSize { get; init; } = "hidden_size";

    public string FeedForwardSize { get; init; } = "intermediate_size";

    public string LayerCount { get; init; } = "num_hidden_layers";

    public string HeadCount { get; init; } = "num_attention_heads";

    public string KeyValueHeadCount { get; init; } = "num_key_value_heads";

    public string HeadSize { get; init; } = "head_dim";

    public string ContextLength { get; init; } = "max_position_embeddings";

    public string NormEpsilon { get; init; } = "rms_norm_eps";

    public string Activation { get; init; } = "hidden_act";
}
