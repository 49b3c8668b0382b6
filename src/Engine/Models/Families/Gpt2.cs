using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models.Families;

/// <summary>GPT-2: learned positions, layer norms, weights stored the other way round.</summary>
internal static class Gpt2
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "gpt2",
        Architecture = "gpt2",
        GgufNames = BlockNames.Gguf with { AttentionInputs = ["attn_qkv"], FeedForwardInputs = ["ffn_up"] },
        Names = BlockNames.HuggingFace with
        {
            Block = "transformer.h.{0}.",
            FinalNorm = "transformer.ln_f",
            AttentionNorm = "ln_1",
            AttentionInputs = ["attn.c_attn"],
            AttentionOutput = "attn.c_proj",
            FeedForwardNorm = "ln_2",
            FeedForwardInputs = ["mlp.c_fc"],
            FeedForwardDown = "mlp.c_proj",
        },
        PartNames = new DecoderPartNames { TokenEmbedding = "transformer.wte", PositionEmbedding = "transformer.wpe" },
        Keys = new ConfigKeys
        {
            HiddenSize = "n_embd",
            FeedForwardSize = "n_inner",
            LayerCount = "n_layer",
            HeadCount = "n_head",
            ContextLength = "n_positions",
            NormEpsilon = "layer_norm_epsilon",
            Activation = "activation_function",
        },
        QueryKeyValueBias = true,
        AttentionOutputBias = true,
        FeedForwardBias = true,
        HasLayerNorms = true,
        IsGated = false,
        HasTransposedLinears = true,
        HasPositionEmbeddings = true,
        IsTied = true,
        Activation = Activation.GeluTanh,
    };
}
