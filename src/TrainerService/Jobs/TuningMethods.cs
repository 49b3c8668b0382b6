namespace Ratchet.TrainerService.Jobs;

/// <summary>The words of <c>tuning</c> and <c>quantization</c>.</summary>
public static class TuningMethods
{
    public const string Lora = "lora";
    public const string QuantizedLora = "qlora";

    public const string Full = "full";
    public const string Freeze = "freeze";

    /// <summary>Blocks that freeze trains where none are asked for, as LLaMA-Factory has it.</summary>
    public const int UsualLayers = 2;

    /// <summary>Whether the base's own weights learn, so that what comes out is a model and no adapter.</summary>
    public static bool MakesModel(string? tuning) => tuning is Full or Freeze;

    /// <summary>The base is trained on as it is stored.</summary>
    public const string AsStored = "none";
    public const string Nf4 = "nf4";
    public const string Fp4 = "fp4";

    /// <summary>Whether weights of this type are numbers, and not blocks of few bits.</summary>
    public static bool IsPlain(string? weightType) => weightType is "F32" or "F16" or "BF16";

    /// <summary>What a run trains on, for people and for the registry.</summary>
    /// <param name="settings">Of the run.</param>
    /// <param name="stored">How the base's weights are stored; null where that is not known.</param>
    /// <returns>Null where neither says it.</returns>
    public static string? TrainedOn(JobSettings settings, string? stored) => settings.MakesModel
        ? $"single precision{(stored is null ? "" : $", from {stored}")}"
        : settings.Quantization == AsStored
        ? stored
        : $"{settings.Quantization.ToUpperInvariant()}{(settings.DoubleQuantization ? " with double quantisation" : "")}{(stored is null ? "" : $", from {stored}")}";
}
