using Ratchet.Engine.Kernels;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>The preferred of two answers becomes likelier than the other, by more than under the base (DPO).</summary>
internal sealed class PreferenceObjective : ITrainingObjective
{
    private readonly TrainingConfig _config;
    private readonly IReadOnlyList<PreferencePair> _pairs;
    private readonly Dictionary<PreferencePair, double[]> _reference = new(ReferenceEqualityComparer.Instance);
    private PreferenceOutcome[] _last = [];

    public PreferenceObjective(TrainingConfig config, IReadOnlyList<PreferencePair> pairs, int contextLength)
    {
        Check(pairs, contextLength);
        (_config, _pairs) = (config, pairs);
    }

    public int SampleCount => _pairs.Count;

    public IReadOnlyList<PreferenceOutcome> LastPreferences => _last;

    public static void Check(IReadOnlyList<PreferencePair> pairs, int contextLength)
        => SupervisedObjective.Check([.. pairs.SelectMany(p => new[] { p.Chosen, p.Rejected })], contextLength);

    public ObjectiveSum Accumulate(ITrainingBackend backend, IReadOnlyList<int> chosen, ulong dropoutKey, CancellationToken cancellation)
    {
        var last = new PreferenceOutcome[chosen.Count];
        ulong pass = 0;
        for (int i = 0; i < chosen.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            PreferencePair pair = _pairs[chosen[i]];
            var row = PackedRow.LayOut([pair.Chosen, pair.Rejected]);
            backend.AccumulatePreferences(
                row, Reference(backend, pair, row), _config.PreferenceBeta, chosen.Count, DropoutKernel.Key(dropoutKey, pass++),
                last.AsSpan(i, 1));
        }

        _last = last;
        PreferencePair[] seen = [.. chosen.Select(i => _pairs[i])];
        return new ObjectiveSum(
            last.Average(o => o.Loss), seen.Sum(p => p.Chosen.Ids.Length + p.Rejected.Ids.Length),
            seen.Sum(p => p.Chosen.TargetCount + p.Rejected.TargetCount));
    }

    public string Digest() => RunDigest.OfSamples([.. _pairs.SelectMany(p => new[] { p.Chosen, p.Rejected })]);

    /// <summary>One pair, without dropout and without gradients.</summary>
    public PreferenceOutcome Measure(ITrainingBackend backend, PreferencePair pair, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        double[] reference = Reference(backend, pair, PackedRow.LayOut([pair.Chosen, pair.Rejected]));
        double chosen = -backend.Evaluate(PackedRow.LayOut([pair.Chosen]));
        double rejected = -backend.Evaluate(PackedRow.LayOut([pair.Rejected]));
        float beta = _config.PreferenceBeta;
        return new PreferenceOutcome(chosen, rejected, beta * (chosen - reference[0]), beta * (rejected - reference[1]));
    }

    // The base does not move, so each pair is asked once.
    private double[] Reference(ITrainingBackend backend, PreferencePair pair, PackedRow row)
    {
        if (!_reference.TryGetValue(pair, out double[]? known))
        {
            known = new double[2];
            backend.Reference(row, known);
            _reference[pair] = known;
        }

        return known;
    }
}
