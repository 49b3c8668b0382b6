using System.Globalization;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>Takes over the adapter that a trainer outside wrote, if it is what the job asked for.</summary>
internal sealed class ExternalImport(JobFolder folder, JobWork work, ExternalWork external, IAdapterInspector check)
{
    private const string ConfigName = "adapter_config.json";
    private const string WeightsName = "adapter_model.safetensors";

    /// <summary>Reads the adapter and copies it into the job's folder.</summary>
    /// <param name="output">The folder that the trainer was told to write to.</param>
    public (AdapterFacts? Facts, JobError? Fault) Take(string output)
    {
        string config = Path.Combine(output, ConfigName);
        string weights = Path.Combine(output, WeightsName);
        if (!File.Exists(config) || !File.Exists(weights))
        {
            string[] found = Directory.Exists(output)
                ? [.. Directory.EnumerateFileSystemEntries(output).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal).Take(20)] : [];
            return (null, new JobError(
                "no_adapter",
                $"The trainer ended without a fault, and wrote no {(File.Exists(config) ? WeightsName : ConfigName)} "
                + $"to {output} (there {(found.Length == 0 ? "is nothing" : "are " + string.Join(", ", found))}). It must save a LoRA "
                + "adapter in PEFT's layout, as safetensors, into {output}; trainer.log in the job's folder says what it did."));
        }

        AdapterFacts facts;
        try
        {
            facts = check.Read(output, work.ModelPath);
        }
        catch (FormatException e)
        {
            return (null, new JobError("adapter_not_usable", $"The trainer's adapter cannot be used: {e.Message}"));
        }

        if (Fault(facts) is { } fault)
        {
            return (facts, fault);
        }

        string temporary = folder.Adapter + ".tmp";
        foreach (string old in new[] { temporary, folder.Adapter }.Where(Directory.Exists))
        {
            Directory.Delete(old, recursive: true);
        }

        Directory.CreateDirectory(temporary);
        File.Copy(config, Path.Combine(temporary, ConfigName));
        File.Copy(weights, Path.Combine(temporary, WeightsName));
        AtomicFile.PublishFolder(temporary, folder.Adapter);
        return (facts, null);
    }

    private JobError? Fault(AdapterFacts facts)
    {
        JobSettings asked = work.Settings;
        if (facts.BaseModel?.TrimEnd('/') != external.Model.TrimEnd('/'))
        {
            return new JobError(
                "base_mismatch",
                $"The trainer's adapter names the base '{facts.BaseModel}'; Trainer:External:Model is '{external.Model}'. Something in "
                + "the command or its settings changes the base.");
        }

        if (facts.Rank != asked.Rank || facts.Alpha != asked.Alpha || facts.RankStabilized != asked.RankStabilized)
        {
            return new JobError(
                "adapter_mismatch",
                Text($"The trainer's adapter has rank {facts.Rank}, alpha {facts.Alpha}{(facts.RankStabilized ? ", rank-stabilised" : "")}; the job asked for {asked.Rank}, {asked.Alpha}{(asked.RankStabilized ? ", rank-stabilised" : "")}. The command does not follow its configuration file."));
        }

        return facts.ChangeNormRelative >= AdapterCheck.NormMin
            ? null
            : new JobError(
                "no_op_adapter",
                Text($"The adapter changes nothing: its weights differ from the base by {facts.ChangeNorm:0.###e+0}. The trainer did not train, or with too small a learning rate."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
