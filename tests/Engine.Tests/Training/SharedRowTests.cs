using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Tests.Training.Data;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training;

/// <summary>Samples that share their beginnings against the same samples whole, and against central differences (F51, F142).</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class SharedRowTests
{
    // A row keeps its numbers, only sums over rows have another order.
    private const double SameLoss = 1e-6;
    private const float SameAtol = 1e-5f;
    private const float SameRtol = 1e-3f;
    private const int PassTokens = 64;

    public static TheoryData<string> Families => [.. RandomFamily.Names];

    [Theory]
    [MemberData(nameof(Families))]
    public void All_gradients_of_weights_are_those_of_the_whole_samples(string family) => Claim.Holds(4, (random, _) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        TrainingSample[] samples = Samples(random, model);
        var weights = new TrainableWeights(model, 0, hasEnds: true);
        using var whole = new TrainingPass(model, null, weights, 4 * PassTokens, 1L << 30);
        using var shared = new TrainingPass(model, null, weights, PassTokens, 1L << (random.Next(2) * 30));
        Same(samples, whole, shared, smoothing: random.Next(2) * 0.1f);
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void All_gradients_of_adapters_are_those_of_the_whole_samples(string family) => Claim.Holds(4, (random, size) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        TrainingSample[] samples = Samples(random, model);
        using LoraAdapter adapter = Adapter(model, random, size == 2);
        using var whole = new TrainingPass(model, adapter, null, 4 * PassTokens, 1L << 30);
        using var shared = new TrainingPass(model, adapter, null, PassTokens, 1L << (random.Next(2) * 30));
        Same(samples, whole, shared, smoothing: 0f);
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_agree_with_central_differences(string family) => Claim.Holds(2, (random, _) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        using LoraAdapter adapter = Adapter(model, random, hasMagnitudes: false);
        SharedRow row = PrefixSharing.LayOut(Samples(random, model), PassTokens, PassTokens)[0];
        using var pass = new TrainingPass(model, adapter, null, PassTokens, 1L << 30);
        float scale = 1f / row.TargetCount;
        pass.ForwardBackward(row, scale);
        float[] gradients = new ReadOnlySpan<float>(pass.Gradients, adapter.ParameterCount).ToArray();
        for (int i = 0; i < 30; i++)
        {
            int at = random.Next(adapter.ParameterCount);
            CentralDifference.Holds(adapter, at, gradients[at], () => pass.Forward(row) * scale);
        }
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void Thread_count_changes_no_bit(string family)
    {
        using DecoderModel model = RandomFamily.Create(family, new Random(11));
        using LoraAdapter adapter = Adapter(model, new Random(12), hasMagnitudes: false);
        SharedRow row = PrefixSharing.LayOut(Samples(new Random(13), model), PassTokens, 4 * PassTokens)[0];
        float[][] bits = new float[2][];
        for (int i = 0; i < bits.Length; i++)
        {
            KernelSettings.With(VectorPath.Width, i + 1, () =>
            {
                using var pass = new TrainingPass(model, adapter, null, PassTokens, 1L << 30);
                pass.ForwardBackward(row, 1f / row.TargetCount);
                bits[i] = new ReadOnlySpan<float>(pass.Gradients, adapter.ParameterCount).ToArray();
            });
        }

        Assert.Equal(bits[0], bits[1]);
    }

    [Fact]
    public void A_row_of_too_many_tokens_or_keys_is_refused()
    {
        using DecoderModel model = RandomFamily.Create(RandomFamily.Names.First(), new Random(1));
        using var pass = new TrainingPass(model, null, new TrainableWeights(model, 0, hasEnds: true), 4, 1L << 30);
        var tooLong = new SharedRow([1, 1, 1, 1, 1], [0, 1, 2, 3, 4], [5], [-1], [new SharedTarget(4, 1, 1)]);
        var tooWide = new SharedRow([1, 1, 1, 1], [0, 7, 7, 7], [1, 1, 1, 1], [-1, 0, 1, 2], [.. Enumerable.Repeat(new SharedTarget(3, 1, 1), 5)]);

        Assert.Contains("5 tokens; a pass takes 4", Assert.Throws<ArgumentException>(() => pass.Forward(tooLong)).Message, StringComparison.Ordinal);
        Assert.Contains("5 targets; a pass takes 4", Assert.Throws<ArgumentException>(() => pass.Forward(tooWide)).Message, StringComparison.Ordinal);
    }

    private static void Same(TrainingSample[] samples, TrainingPass whole, TrainingPass shared, float smoothing)
    {
        int targets = samples.Sum(sample => sample.TargetCount);
        double expected = whole.ForwardBackward(PackedRow.LayOut(samples), 1f / targets, 0, smoothing);
        IReadOnlyList<SharedRow> rows = PrefixSharing.LayOut(samples, PassTokens, shared.SharedKeysMax);
        double actual = rows.Sum(row => shared.ForwardBackward(row, 1f / targets, smoothing));

        Assert.True(rows.Sum(row => row.TokenCount) < samples.Sum(sample => sample.Ids.Length), "nothing is shared");
        Assert.Equal(expected, actual, SameLoss * Math.Abs(expected));
        TensorAssert.Close(Gradients(whole), Gradients(shared), SameAtol, SameRtol, "gradients");
        Assert.Equal(whole.Forward(PackedRow.LayOut(samples)), rows.Sum(shared.Forward), SameLoss * Math.Abs(expected));
    }

    private static float[] Gradients(TrainingPass pass) => new ReadOnlySpan<float>(pass.Gradients, checked((int)pass.GradientCount)).ToArray();

    private static TrainingSample[] Samples(Random random, DecoderModel model)
        => PrefixSharingTests.Samples(random, random.Next(4, 9), Math.Min(4, model.Config.VocabularySize), Math.Min(20, model.Config.ContextLength));

    private static LoraAdapter Adapter(DecoderModel model, Random random, bool hasMagnitudes)
    {
        var adapter = LoraAdapter.Create(
            model,
            new LoraConfig
            {
                Rank = random.Next(1, 4),
                Alpha = 3,
                WeightDecomposed = hasMagnitudes,
                TargetModules = hasMagnitudes
                    ? [LoraConfig.AllLinear]
                    : [.. model.Linears.Select(l => l.Module).Distinct(), model.PartNames.TokenEmbedding],
            },
            seed: 5);
        foreach (ref float value in new Span<float>(adapter.Parameters, adapter.ParameterCount))
        {
            value += (random.NextSingle() - 0.5f) * 0.6f;
        }

        return adapter;
    }
}
