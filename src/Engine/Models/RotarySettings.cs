using Ratchet.Engine.Formats.HuggingFace;

namespace Ratchet.Engine.Models;

/// <summary>What config.json says of rotary positions: in rope_parameters since transformers 5, before that in rope_theta and rope_scaling.</summary>
internal static class RotarySettings
{
    /// <summary>Reads either form.</summary>
    /// <param name="settings">config.json.</param>
    /// <param name="headSize">Numbers a head.</param>
    /// <param name="context">Positions that the model is made for.</param>
    /// <param name="share">The share of a head that is turned where the file does not say.</param>
    /// <exception cref="SettingsFormatException">The scaling is not one of those that are computed.</exception>
    public static RotaryConfig Read(JsonSettings settings, int headSize, int context, double share)
    {
        JsonSettings? scaling = settings.Section("rope_parameters") ?? settings.Section("rope_scaling");
        double frequencyBase = Number("rope_theta", 10_000);
        double turned = Number("partial_rotary_factor", share);
        if (turned is not (> 0 and <= 1))
        {
            throw (scaling is not null && scaling.Has("partial_rotary_factor") ? scaling : settings).Unsupported(
                "partial_rotary_factor", "a number above 0, up to 1");
        }

        // A size that the file does not state may still be too large; the model's check refuses it.
        int size = (int)(Math.Min(headSize, 4096) * turned);
        var plain = new RotaryConfig { FrequencyBase = (float)frequencyBase, Size = size };
        if (scaling is null)
        {
            return plain;
        }

        string typeKey = scaling.Has("rope_type") ? "rope_type" : "type";
        switch (scaling.Text(typeKey))
        {
            case "default":
            case null when !scaling.Keys.Any(k => k is not ("rope_theta" or "partial_rotary_factor")):
                return plain;
            case "linear":
                return plain with { ScalingFactor = (float)scaling.Number("factor") };
            case "llama3":
                return plain with
                {
                    FrequencyFactors = RotaryScaling.Llama3(
                        frequencyBase, size, scaling.Number("factor"), scaling.Number("low_freq_factor"), scaling.Number("high_freq_factor"),
                        scaling.Integer("original_max_position_embeddings")),
                };
            case "yarn":
                return Yarn(scaling, plain, settings.Integer("original_max_position_embeddings", context));
            default:
                throw scaling.Unsupported(typeKey, "default, linear, llama3 or yarn");
        }

        double Number(string key, double missing) => scaling is not null && scaling.Has(key) ? scaling.Number(key) : settings.Number(key, missing);
    }

    private static RotaryConfig Yarn(JsonSettings scaling, RotaryConfig plain, int trained)
    {
        double factor = scaling.Number("factor");
        double magnitude = RotaryScaling.YarnMagnitude(factor);
        if (scaling.Has("attention_factor"))
        {
            magnitude = scaling.Number("attention_factor");
        }
        else if (scaling.Has("mscale") && scaling.Has("mscale_all_dim"))
        {
            magnitude = RotaryScaling.YarnMagnitude(factor, scaling.Number("mscale"))
                / RotaryScaling.YarnMagnitude(factor, scaling.Number("mscale_all_dim"));
        }

        return plain with
        {
            Magnitude = (float)magnitude,
            FrequencyFactors = RotaryScaling.Yarn(
                plain.FrequencyBase, plain.Size, factor, scaling.Number("beta_fast", 32), scaling.Number("beta_slow", 1),
                scaling.Integer("original_max_position_embeddings", trained), scaling.Flag("truncate", true)),
        };
    }
}
