namespace Ratchet.Engine.Models.Families;

/// <summary>What a family's files call the parts of a block, after the block's own path.</summary>
internal sealed record BlockNames
{
    /// <summary>Llama's words in Hugging Face folders.</summary>
    public static readonly BlockNames HuggingFace = new()
    {
        Block = "model.layers.{0}.",
        FinalNorm = "model.norm",
        AttentionNorm = "input_layernorm",
        AttentionInputs = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        AttentionOutput = "self_attn.o_proj",
        QueryNorm = "self_attn.q_norm",
        KeyNorm = "self_attn.k_norm",
        FeedForwardNorm = "post_attention_layernorm",
        FeedForwardInputs = ["mlp.gate_proj", "mlp.up_proj"],
        FeedForwardDown = "mlp.down_proj",
    };

    /// <summary>GGUF's words.</summary>
    public static readonly BlockNames Gguf = new()
    {
        Block = "blk.{0}.",
        FinalNorm = "output_norm",
        AttentionNorm = "attn_norm",
        AttentionInputs = ["attn_q", "attn_k", "attn_v"],
        AttentionOutput = "attn_output",
        QueryNorm = "attn_q_norm",
        KeyNorm = "attn_k_norm",
        FeedForwardNorm = "ffn_norm",
        FeedForwardInputs = ["ffn_gate", "ffn_up"],
        FeedForwardDown = "ffn_down",
        PostAttentionNorm = "post_attention_norm",
        PostFeedForwardNorm = "post_ffw_norm",
    };

    /// <summary>A block's path; {0} is its number.</summary>
    public required string Block { get; init; }

    /// <summary>The norm before the head.</summary>
    public required string FinalNorm { get; init; }

    /// <summary>Before attention.</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>Query, key and value; or one name where one layer gives all three.</summary>
    public required IReadOnlyList<string> AttentionInputs { get; init; }

    /// <summary>After attention.</summary>
    public required string AttentionOutput { get; init; }

    /// <summary>Over each head of the queries.</summary>
    public required string QueryNorm { get; init; }

    /// <summary>Over each head of the keys.</summary>
    public required string KeyNorm { get; init; }

    /// <summary>Before the feed-forward layer.</summary>
    public required string FeedForwardNorm { get; init; }

    /// <summary>Gate and up; or one name where one layer gives both, or where there is no gate.</summary>
    public required IReadOnlyList<string> FeedForwardInputs { get; init; }

    /// <summary>After the curve.</summary>
    public required string FeedForwardDown { get; init; }

    /// <summary>Over what attention gives.</summary>
    public string PostAttentionNorm { get; init; } = string.Empty;

    /// <summary>Over what the feed-forward layer gives.</summary>
    public string PostFeedForwardNorm { get; init; } = string.Empty;
}
