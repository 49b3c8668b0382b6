using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>The mean negative log-likelihood of target tokens.</summary>
internal sealed class SupervisedObjective : ITrainingObjective
{
    private readonly TrainingConfig _config;
    private readonly IReadOnlyList<TrainingSample> _samples;

    public SupervisedObjective(TrainingConfig config, IReadOnlyList<TrainingSample> samples, int contextLength)
    {
        Check(samples, contextLength);
        (_config, _samples) = (config, samples);
    }

    public int SampleCount => _samples.Count;

    public IReadOnlyList<PreferenceOutcome> LastPreferences => [];

    public static void Check(IReadOnlyList<TrainingSample> samples, int contextLength)
    {
        int tooLong = Find(s => s.Ids.Length > contextLength);
        int without = Find(s => s.TargetCount == 0);
        new ConfigCheck("The set of samples")
            .Require(samples.Count > 0, "It is empty; give at least one sample.")
            .Require(tooLong < 0, $"Sample {tooLong} is longer than the {contextLength} tokens that the model takes; cut it.")
            .Require(without < 0, $"Sample {without} has no target token, so nothing can be learnt from it; leave it out.")
            .Accept(samples);

        int Find(Func<TrainingSample, bool> fault)
        {
            for (int i = 0; i < samples.Count; i++)
            {
                if (fault(samples[i]))
                {
                    return i;
                }
            }

            return -1;
        }
    }

    /// <summary>Batch by batch, and within a batch packed into rows; a sample longer than a row goes alone.</summary>
    public static IEnumerable<PackedRow> Rows(IReadOnlyList<TrainingSample> samples, int samplesPerBatch, int tokensPerPass)
    {
        for (int first = 0; first < samples.Count; first += samplesPerBatch)
        {
            TrainingSample[] batch = [.. samples.Skip(first).Take(samplesPerBatch).Where(s => s.TargetCount > 0)];
            PackingPlan plan = Packing.Plan([.. batch.Select(s => s.Ids.Length)], tokensPerPass);
            foreach (IReadOnlyList<int> row in plan.Rows)
            {
                yield return PackedRow.LayOut([.. row.Select(i => batch[i])]);
            }

            foreach (int alone in plan.NotPacked)
            {
                yield return PackedRow.LayOut([batch[alone]]);
            }
        }
    }

    /// <summary>As <see cref="Rows"/>, with the beginnings that samples of a batch share laid out once.</summary>
    public static IEnumerable<SharedRow> SharedRows(IReadOnlyList<TrainingSample> samples, int samplesPerBatch, int tokensPerPass, int keysMax)
        => samples.Chunk(samplesPerBatch).SelectMany(
            batch => PrefixSharing.LayOut([.. batch.Where(s => s.TargetCount > 0)], tokensPerPass, keysMax));

    /// <summary>Whether samples share their beginnings on a backend.</summary>
    public static bool Shares(TrainingConfig config, ITrainingBackend backend) => config.PrefixSharing && backend.SharedKeysMax > 0;

    public ObjectiveSum Accumulate(ITrainingBackend backend, IReadOnlyList<int> chosen, ulong dropoutKey, CancellationToken cancellation)
    {
        TrainingSample[] samples = [.. chosen.Select(i => _samples[i])];
        int targets = samples.Sum(s => s.TargetCount);
        double sum = Shares(_config, backend)
            ? Shared(backend, samples, targets, cancellation)
            : Packed(backend, samples, targets, dropoutKey, cancellation);
        return new ObjectiveSum(sum / targets, samples.Sum(s => s.Ids.Length), targets);
    }

    public string Digest() => RunDigest.OfSamples(_samples);

    private double Packed(ITrainingBackend backend, TrainingSample[] samples, int targets, ulong dropoutKey, CancellationToken cancellation)
    {
        double sum = 0;
        ulong pass = 0;
        foreach (PackedRow row in Rows(samples, _config.SequencesPerBatch, _config.TokensPerPass))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += backend.Accumulate(row, targets, DropoutKernel.Key(dropoutKey, pass++), _config.LabelSmoothing);
        }

        return sum;
    }

    private double Shared(ITrainingBackend backend, TrainingSample[] samples, int targets, CancellationToken cancellation)
    {
        double sum = 0;
        foreach (SharedRow row in SharedRows(samples, _config.SequencesPerBatch, _config.TokensPerPass, backend.SharedKeysMax))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += backend.Accumulate(row, targets, _config.LabelSmoothing);
        }

        return sum;
    }
}
