using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>What a checkpoint belongs to: a run goes on only with the settings and samples that it was started with.</summary>
internal static class RunDigest
{
    /// <summary>Everything that moves a loss. Memory limits are left out: another machine may resume with others.</summary>
    public static string OfSettings(ITrainingBackend backend, TrainingConfig config, int steps)
    {
        AdamWConfig adam = config.Optimizer;
        string text = OfWhatLearns(backend)
            + FormattableString.Invariant(
                $"{config.SequencesPerBatch}|{config.BatchesPerStep}|{config.TokensPerPass}|{steps}|{config.GradientNormMax:R}|")
            + FormattableString.Invariant(
                $"{adam.LearningRate:R}|{adam.Beta1:R}|{adam.Beta2:R}|{adam.Epsilon:R}|{adam.WeightDecay:R}|{adam.LoraPlusRatio:R}|")
            + FormattableString.Invariant($"{config.Schedule}|{config.Restarts}|{config.WarmupStepsOf(steps)}|{config.Seed}|{config.Shuffle}|")
            + FormattableString.Invariant($"{config.LabelSmoothing:R}|{config.PreferenceBeta:R}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Ids and targets of all samples in their order.</summary>
    public static string OfSamples(IReadOnlyList<TrainingSample> samples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TrainingSample sample in samples)
        {
            hash.AppendData(BitConverter.GetBytes(sample.Ids.Length));
            hash.AppendData(MemoryMarshal.AsBytes(sample.Ids.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(sample.Mask.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string OfWhatLearns(ITrainingBackend backend)
    {
        if (!backend.HasAdapter)
        {
            return FormattableString.Invariant($"weights|{backend.ParameterCount}|");
        }

        LoraAdapter adapter = backend.Adapter;
        LoraConfig lora = adapter.Config;
        IEnumerable<string> layers = adapter.Layers.Select(l => FormattableString.Invariant($"{l.Name}:{l.Rank}:{l.Scale:R}"));
        return FormattableString.Invariant(
            $"{lora.Dropout:R}|{lora.WeightDecomposed}|{adapter.EmbeddingLayer?.Name}|{string.Join(',', layers)}|{string.Join(',', adapter.Saved.Select(s => s.Name))}|");
    }
}
