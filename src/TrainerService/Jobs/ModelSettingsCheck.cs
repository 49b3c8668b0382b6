using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.TrainerService.Jobs;

/// <summary>What goes with training the base's own weights (full, freeze), and what belongs to adapters alone.</summary>
internal static class ModelSettingsCheck
{
    public static void Run(RequestFaults faults, TrainingSettings s)
    {
        faults.Range("trainable_layers", s.TrainableLayers, 1, 1000);
        if (s.TrainableLayers is not null && s.Tuning != TuningMethods.Freeze)
        {
            faults.Add("x_ratchet.trainable_layers", "It says how many of the last blocks learn with the tuning 'freeze'. Ask for that, or leave it out.");
        }

        if (!TuningMethods.MakesModel(s.Tuning))
        {
            return;
        }

        Refuse("rank", s.Rank is not null);
        Refuse("alpha", s.Alpha is not null);
        Refuse("dropout", s.Dropout > 0);
        Refuse("target_modules", s.TargetModules is not null);
        Refuse("rslora", s.Rslora is true);
        Refuse("dora", s.Dora is true);
        Refuse("lora_plus_ratio", s.LoraPlusRatio > 1);
        Refuse("init", s.Init == AdapterSettingsCheck.PrincipalStart);
        Refuse("rank_pattern", s.RankPattern is { Count: > 0 });
        Refuse("alpha_pattern", s.AlphaPattern is { Count: > 0 });
        Refuse("layers_to_transform", s.LayersToTransform is not null);
        Refuse("modules_to_save", s.ModulesToSave is not null);
        Refuse("quantization", s.Quantization is not (null or TuningMethods.AsStored));
        if (s.Objective == TrainingObjectives.Preference)
        {
            faults.Add(
                "x_ratchet.objective", $"'dpo' was found with the tuning '{s.Tuning}': it compares with the base as it was, which '{s.Tuning}' changes. Ask for 'lora' or 'qlora'.");
        }

        void Refuse(string name, bool isAsked)
        {
            if (isAsked)
            {
                faults.Add($"x_ratchet.{name}", $"It was found with the tuning '{s.Tuning}', which has no adapter. Leave it out, or ask for 'lora' or 'qlora'.");
            }
        }
    }

    /// <summary>Refuses more blocks than the base has.</summary>
    public static void CheckLayers(int? asked, int? layerCount)
    {
        if (asked > layerCount)
        {
            throw ApiException.BadField(
                "x_ratchet.trainable_layers", $"{asked} was found, and the base model has {layerCount} blocks: 1 to {layerCount} are needed.");
        }
    }
}
