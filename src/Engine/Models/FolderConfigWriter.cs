using System.Text.Json.Nodes;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>A config.json for a model whose base had none: a GGUF file. <see cref="FolderConfig"/> reads it.</summary>
internal static class FolderConfigWriter
{
    /// <summary>Sizes and switches in the family's words.</summary>
    /// <exception cref="ModelExportException">config.json cannot tell what the model computes.</exception>
    public static JsonObject Describe(DecoderModel model)
    {
        ModelConfig config = model.Config;
        var family = DecoderFamily.Of(config.Architecture);
        ConfigKeys keys = family.Keys;
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(ClassName(family)),
            ["model_type"] = family.ModelType,
            ["vocab_size"] = config.VocabularySize,
            [keys.HiddenSize] = config.HiddenSize,
            [keys.FeedForwardSize] = config.FeedForwardSize,
            [keys.LayerCount] = config.LayerCount,
            [keys.HeadCount] = config.HeadCount,
            [keys.ContextLength] = config.ContextLength,
            [keys.NormEpsilon] = config.NormEpsilon,
            [keys.Activation] = Curve(config.Activation),
        };
        if (!family.HasPositionEmbeddings)
        {
            json[keys.KeyValueHeadCount] = config.KeyValueHeadCount;
            json[keys.HeadSize] = config.HeadSize;
            AddRotary(json, config, family);
        }

        if (model.Blocks[0].Attention.Inputs[0].Bias is not null && !family.QueryKeyValueBias)
        {
            json["attention_bias"] = true;
        }

        if (model.Blocks[0].FeedForward.Down.Bias is not null && !family.FeedForwardBias)
        {
            json["mlp_bias"] = true;
        }

        if (family.Caps is not null)
        {
            json["attn_logit_softcapping"] = config.AttentionCap;
            json["final_logit_softcapping"] = config.LogitCap;
            json["query_pre_attn_scalar"] = config.AttentionScale is { } scale ? 1 / (scale * (double)scale) : config.HeadSize;
        }

        AddWindows(json, config, family);
        return json;
    }

    private static void AddRotary(JsonObject json, ModelConfig config, DecoderFamily family)
    {
        RotaryConfig rotary = config.Rotary!;
        if (rotary.FrequencyFactors.Count > 0 || rotary.Magnitude != 1f)
        {
            throw new ModelExportException(
                "The base is a GGUF file whose rotary frequencies are scaled by a table; config.json tells such scaling by settings that the table no longer has. "
                + "Give the base as a Hugging Face folder, or export GGUF.");
        }

        json["rope_theta"] = rotary.FrequencyBase;
        if (rotary.Size != config.HeadSize || family.RotaryShare != 1)
        {
            json["partial_rotary_factor"] = (double)rotary.Size / config.HeadSize;
        }

        if (rotary.ScalingFactor != 1f)
        {
            json["rope_scaling"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = rotary.ScalingFactor };
        }
    }

    private static void AddWindows(JsonObject json, ModelConfig config, DecoderFamily family)
    {
        if (!config.Windows.Any(w => w > 0))
        {
            return;
        }

        if (family.Sliding == SlidingLayers.None)
        {
            // Mistral is Llama with a window; its GGUF files call themselves llama.
            json["model_type"] = Mistral.Family.ModelType;
            json["architectures"] = new JsonArray(ClassName(Mistral.Family));
        }

        json["sliding_window"] = config.Windows.Max();
        json["use_sliding_window"] = true;
        json["layer_types"] = new JsonArray([.. config.Windows.Select(w => (JsonNode)(w > 0 ? "sliding_attention" : "full_attention"))]);
    }

    private static string Curve(Activation activation) => activation switch
    {
        Activation.Silu => "silu",
        Activation.Gelu => "gelu",
        _ => "gelu_pytorch_tanh",
    };

    // transformers' names.
    private static string ClassName(DecoderFamily family) => family.ModelType == Gpt2.Family.ModelType
        ? "GPT2LMHeadModel"
        : $"{char.ToUpperInvariant(family.ModelType[0])}{family.ModelType[1..]}ForCausalLM";
}
