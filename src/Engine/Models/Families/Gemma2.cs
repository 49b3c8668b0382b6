using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models.Families;

/// <summary>Gemma 2: four norms a layer with gains beside 1, bounded scores and logits, a window in every other layer.</summary>
internal static class Gemma2
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "gemma2",
        Architecture = "gemma2",
        Names = BlockNames.HuggingFace with
        {
            PostAttentionNorm = "post_attention_layernorm",
            FeedForwardNorm = "pre_feedforward_layernorm",
            PostFeedForwardNorm = "post_feedforward_layernorm",
        },
        Keys = new ConfigKeys { Activation = "hidden_activation" },
        HasPostNorms = true,
        NormOffset = 1f,
        ScalesEmbeddings = true,
        IsTied = true,
        Activation = Activation.GeluTanh,
        Sliding = SlidingLayers.Even,
        HeadSize = 256,
        Caps = new SoftCaps(QueryScalar: 256, Attention: 50, Logits: 30),
    };
}
