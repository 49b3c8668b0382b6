using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training;

/// <summary>Gradients of the losses and of adapters of uneven ranks against central differences, on random small shapes (F51).</summary>
public sealed unsafe class LossGradientPropertyTests
{
    // The house's table: the difference itself is that coarse.
    private const int Elements = 24;
    private const ulong DropoutKey = 77;

    public static TheoryData<string> Families => [.. RandomFamily.Names];

    [Theory]
    [MemberData(nameof(Families))]
    public void Smoothed_targets_with_dropout_and_uneven_ranks(string family) => Claim.Holds(2, (random, size) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        using LoraAdapter adapter = Adapter(model, random, dropout: size == 1 ? 0f : 0.25f);
        var row = PackedRow.LayOut([.. Enumerable.Range(0, 3).Select(_ => Sample(model, random))]);
        using var pass = new TrainingPass(model, adapter, null, row.TokenCount, 1L << (random.Next(2) * 30));
        float scale = 1f / row.TargetCount;
        float smoothing = 0.05f + (random.NextSingle() * 0.3f);

        Agree(pass, adapter, random, () => pass.ForwardBackward(row, scale, DropoutKey, smoothing) * scale);
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void Preferences_between_two_answers(string family) => Claim.Holds(2, (random, _) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        using LoraAdapter adapter = Adapter(model, random, dropout: 0f);
        var row = PackedRow.LayOut([Sample(model, random), Sample(model, random)]);
        using var pass = new TrainingPass(model, adapter, null, row.TokenCount, 1L << 30);
        double[] reference = new double[2];
        pass.LogProbabilities(row, hasAdapter: false, reference);
        float beta = 0.05f + (random.NextSingle() * 0.4f);

        Agree(pass, adapter, random, () =>
        {
            var outcomes = new PreferenceOutcome[1];
            pass.ForwardBackwardPreferences(row, reference, beta, 1f, DropoutKey, outcomes);
            return outcomes[0].Loss;
        });
    });

    // The loss adds its gradients each time; only those of the first time are looked at.
    private static void Agree(TrainingPass pass, LoraAdapter adapter, Random random, Func<double> loss)
    {
        _ = loss();
        float[] gradients = new ReadOnlySpan<float>(pass.Gradients, adapter.ParameterCount).ToArray();
        Assert.Contains(gradients, gradient => gradient != 0f);
        for (int i = 0; i < Elements; i++)
        {
            int at = random.Next(adapter.ParameterCount);
            CentralDifference.Holds(adapter, at, gradients[at], loss);
        }
    }

    private static LoraAdapter Adapter(DecoderModel model, Random random, float dropout)
    {
        string uneven = model.Linears[random.Next(model.Linears.Count)].Module;
        var adapter = LoraAdapter.Create(
            model,
            new LoraConfig
            {
                Rank = random.Next(1, 4),
                Alpha = 3,
                Dropout = dropout,
                RankStabilized = random.Next(2) == 0,
                TargetModules = [LoraConfig.AllLinear],
                RankPattern = new Dictionary<string, int> { [uneven] = random.Next(1, 6) },
                AlphaPattern = new Dictionary<string, double> { [uneven] = 1 + random.NextDouble() },
                LayersToTransform = random.Next(2) == 0 ? [] : [model.Blocks.Count - 1],
            },
            seed: 5);
        foreach (ref float value in new Span<float>(adapter.Parameters, adapter.ParameterCount))
        {
            value += (random.NextSingle() - 0.5f) * 0.6f;
        }

        return adapter;
    }

    private static TrainingSample Sample(DecoderModel model, Random random)
    {
        int length = random.Next(3, 9);
        return new TrainingSample(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Config.VocabularySize))],
            [.. Enumerable.Range(0, length).Select(i => i > 0 && (i == 1 || random.Next(3) > 0))]);
    }
}
