using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>What of a job's settings does not go with the model or with what computes, said before anything is trained.</summary>
internal static class SettingsRefusal
{
    /// <summary>What a backend of this name does not do with any model.</summary>
    public static JobError? Of(JobSettings settings, string backend) =>
        backend == BackendOptions.Managed || Unknown(settings) is not { } setting
            ? null
            : new JobError(
                "unsupported_setting",
                $"The job asks for {setting}, and the '{backend}' backend does not do that. Leave it out, or set Engine:Backend to '{BackendOptions.Managed}'.",
                $"x_ratchet.{setting}");

    public static JobError? Of(JobSettings settings, DecoderModel model, IEngineBackend backend)
    {
        if (Of(settings, backend.Name) is { } unknown)
        {
            return unknown;
        }

        if (settings.MakesModel)
        {
            return settings.TrainableLayers > model.Blocks.Count
                ? Wrong("trainable_layers", $"{settings.TrainableLayers} was found, and the model has {model.Blocks.Count} blocks: 1 to {model.Blocks.Count} are needed.")
                : null;
        }

        if (settings.Quantization != TuningMethods.AsStored && model.Linears[0].Weight.Type is ElementType.Nf4 or ElementType.Fp4)
        {
            return Wrong("quantization", $"The base is stored as {model.Linears[0].Weight.Type}, which '{settings.Quantization}' would round once more. Leave it out: the base is trained on as it is.");
        }

        try
        {
            using var adapter = LoraAdapter.Create(model, ManagedRun.Lora(settings), seed: 1);
            return settings.PrincipalStart && adapter.EmbeddingLayer is not null
                ? Wrong("target_modules", "init 'pissa' takes linear layers apart, and the token embedding is none. Leave it out of target_modules.")
                : settings.PrincipalStart && adapter.Layers.FirstOrDefault(layer => layer.Rank > Math.Min(layer.Inputs, layer.Outputs)) is { } wide
                ? Wrong("rank", $"The rank of {wide.Name} is {wide.Rank}, and init 'pissa' needs one up to {Math.Min(wide.Inputs, wide.Outputs)} there.")
                : null;
        }
        catch (Exception fault) when (fault is InvalidConfigException or AdapterFormatException)
        {
            return Wrong("target_modules", fault.Message);
        }
    }

    // The torch backend has the adapter's own variants, but its optimiser and its loss are the plain ones.
    private static string? Unknown(JobSettings settings) => settings.MakesModel ? "tuning"
        : settings.PrincipalStart ? "init"
        : settings.LoraPlusRatio != 1 ? "lora_plus_ratio"
        : settings.LabelSmoothing != 0 ? "label_smoothing"
        : settings.Quantization != TuningMethods.AsStored ? "quantization"
        : settings.Objective != TrainingObjectives.Supervised ? "objective"
        : null;

    private static JobError Wrong(string setting, string problem) => new("invalid_value", problem, $"x_ratchet.{setting}");
}
