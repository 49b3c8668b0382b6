namespace Ratchet.Engine.Models.Families;

/// <summary>How a family of decoders differs from the others in a GGUF file: names and switches, no mathematics.</summary>
/// <param name="Architecture">GGUF's general.architecture, also the prefix of its keys.</param>
/// <param name="InterleavedRotary">Whether the rows of query and key stand in rotary pairs and must be put apart at load.</param>
/// <param name="QueryKeyValueBias">Whether query, key and value have biases.</param>
internal sealed record DecoderFamily(string Architecture, bool InterleavedRotary, bool QueryKeyValueBias)
{
    /// <summary>Names of the linear layers of a block, GGUF's beside PEFT's, in the order of DecoderModel.Linears.</summary>
    public static readonly IReadOnlyList<(string Gguf, string Peft)> Linears =
    [
        ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"), ("attn_v", "self_attn.v_proj"),
        ("attn_output", "self_attn.o_proj"), ("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"), ("ffn_down", "mlp.down_proj"),
    ];

    /// <summary>The families that run.</summary>
    public static readonly IReadOnlyList<DecoderFamily> All = [Llama.Family, Qwen2.Family];
}
