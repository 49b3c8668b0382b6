using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models.Families;

/// <summary>Phi 1 to 2: attention and feed-forward layer side by side, biases everywhere, a part of each head turned.</summary>
internal static class Phi
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "phi",
        Architecture = "phi2",
        GgufNames = BlockNames.Gguf with { FeedForwardInputs = ["ffn_up"] },
        Names = BlockNames.HuggingFace with
        {
            FinalNorm = "model.final_layernorm",
            AttentionOutput = "self_attn.dense",
            FeedForwardInputs = ["mlp.fc1"],
            FeedForwardDown = "mlp.fc2",
        },
        Keys = new ConfigKeys { NormEpsilon = "layer_norm_eps" },
        QueryKeyValueBias = true,
        AttentionOutputBias = true,
        FeedForwardBias = true,
        HeadBias = true,
        HasLayerNorms = true,
        IsParallel = true,
        IsGated = false,
        Activation = Activation.GeluTanh,
        RotaryShare = 0.5,
    };
}
