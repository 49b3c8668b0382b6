namespace Ratchet.Engine.Models.Families;

/// <summary>Phi 3 and 3.5: Llama's shape with one layer for query, key and value and one for gate and up.</summary>
internal static class Phi3
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "phi3",
        Architecture = "phi3",
        GgufNames = BlockNames.Gguf with { AttentionInputs = ["attn_qkv"], FeedForwardInputs = ["ffn_up"] },
        Names = BlockNames.HuggingFace with
        {
            AttentionInputs = ["self_attn.qkv_proj"],
            FeedForwardInputs = ["mlp.gate_up_proj"],
        },
        Sliding = SlidingLayers.All,
    };
}
