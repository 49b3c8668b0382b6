using System.Globalization;
using System.Text.RegularExpressions;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.TrainerService.Jobs;

/// <summary>What a job may ask of its adapter, checked where the job is made.</summary>
internal static class AdapterSettingsCheck
{
    /// <summary>The value of <c>init</c> that begins with the principal part of the weights (PiSSA).</summary>
    public const string PrincipalStart = "pissa";

    /// <summary>The schedule that <c>restarts</c> belongs to.</summary>
    public const string WithRestarts = "cosine_with_restarts";

    private const int PatternsMax = 1000;
    private const int PatternLengthMax = 4096;
    private const int RankMax = 1024;
    private const double AlphaMax = 4096;

    public static void Run(RequestFaults faults, TrainingSettings s)
    {
        faults.OneOf("tuning", s.Tuning, TuningMethods.Lora, TuningMethods.QuantizedLora, TuningMethods.Full, TuningMethods.Freeze);
        Quantization(faults, s);
        faults.Range("lora_plus_ratio", s.LoraPlusRatio, 1, 1000);
        faults.Range("label_smoothing", s.LabelSmoothing, 0, 0.9);
        faults.Range("restarts", s.Restarts, 1, 1000);
        faults.OneOf("init", s.Init, "default", PrincipalStart);
        if (s.Restarts > 1 && s.Schedule != WithRestarts)
        {
            faults.Add("x_ratchet.restarts", $"{s.Restarts} was found with the schedule '{s.Schedule ?? "auto"}'; restarts need the schedule '{WithRestarts}'.");
        }

        Patterns(faults, "rank_pattern", s.RankPattern, value => value is >= 1 and <= RankMax, $"a whole number from 1 to {RankMax}");
        Patterns(faults, "alpha_pattern", s.AlphaPattern, value => value is > 0 and <= AlphaMax, $"a number above 0 and up to {AlphaMax}");
        if (s.LayersToTransform is { } layers && (layers.Count == 0 || layers.Any(layer => layer < 0)))
        {
            faults.Add(
                "x_ratchet.layers_to_transform",
                $"[{string.Join(", ", layers)}] was found; numbers of blocks from 0 are needed, at least one. Leave it out to adapt all.");
        }

        if (s.ModulesToSave is { } modules && (modules.Count == 0 || modules.Any(string.IsNullOrWhiteSpace)))
        {
            faults.Add("x_ratchet.modules_to_save", "It holds no names. Name the head ('lm_head') or the token embedding ('embed_tokens'), or leave it out.");
        }

        Principal(faults, s);
    }

    /// <summary>Refuses blocks that the base does not have.</summary>
    public static void CheckLayers(IReadOnlyList<int>? layers, int? layerCount)
    {
        if (layerCount is { } count && layers?.FirstOrDefault(layer => layer >= count) is > 0 and var beyond)
        {
            throw ApiException.BadField(
                "x_ratchet.layers_to_transform", $"It names block {beyond}, and the base model has {count}: 0 to {count - 1} are needed.");
        }
    }

    private static void Quantization(RequestFaults faults, TrainingSettings s)
    {
        faults.OneOf("quantization", s.Quantization, TuningMethods.AsStored, TuningMethods.Nf4, TuningMethods.Fp4);
        bool isFourBit = s.Quantization is TuningMethods.Nf4 or TuningMethods.Fp4;
        if (s.DoubleQuantization is true && !isFourBit && s.Tuning != TuningMethods.QuantizedLora)
        {
            faults.Add("x_ratchet.double_quantization", "It quantises the scales of nf4 and fp4. Ask for one of them with 'quantization', or leave it out.");
        }

        if (isFourBit && s.Init == PrincipalStart)
        {
            faults.Add(
                "x_ratchet.init",
                $"'{PrincipalStart}' was found with the quantization '{s.Quantization}': what it leaves in the base is single precision, so nothing would be in four bits. Ask for one of them.");
        }
    }

    private static void Principal(RequestFaults faults, TrainingSettings s)
    {
        if (s.Init != PrincipalStart)
        {
            return;
        }

        if (s.Dora is true)
        {
            faults.Add("x_ratchet.init", "'pissa' was found with dora: it changes the weights whose lengths DoRA keeps. Ask for one of them.");
        }

        if (s.ModulesToSave is { Count: > 0 })
        {
            faults.Add("x_ratchet.init", "'pissa' was found with modules_to_save, which do not become a plain adapter afterwards. Leave one of them out.");
        }
    }

    private static void Patterns<T>(
        RequestFaults faults, string name, IReadOnlyDictionary<string, T>? patterns, Func<T, bool> isRight, string needed)
    {
        if (patterns?.Count > PatternsMax)
        {
            faults.Add($"x_ratchet.{name}", $"It has {patterns.Count} entries; at most {PatternsMax} are needed.");
            return;
        }

        foreach ((string pattern, T value) in patterns ?? new Dictionary<string, T>())
        {
            if (pattern.Length is 0 or > PatternLengthMax || !IsExpression(pattern))
            {
                faults.Add($"x_ratchet.{name}", $"'{Shortened(pattern)}' is no name of a layer and no regular expression; the end of a name such as 'q_proj' is needed.");
            }
            else if (!isRight(value))
            {
                faults.Add($"x_ratchet.{name}", string.Create(CultureInfo.InvariantCulture, $"'{Shortened(pattern)}' has {value}; {needed} is needed."));
            }
        }
    }

    private static string Shortened(string text) => text.Length > 80 ? text[..80] + "…" : text;

    private static bool IsExpression(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
