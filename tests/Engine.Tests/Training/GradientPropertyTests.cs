using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training;

/// <summary>Hand-written gradients of every family against central differences on random small shapes (F51).</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class GradientPropertyTests
{
    private const int ElementsPerWeight = 3;

    public static TheoryData<string> Families => [.. RandomFamily.Names];

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_of_all_weights_agree_with_central_differences(string family) => Claim.Holds(3, (random, _) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        PackedRow row = RandomRow(model, random);
        var weights = new TrainableWeights(model, 0, hasEnds: true);
        using var pass = new TrainingPass(model, null, weights, row.TokenCount, 1L << (random.Next(2) * 30));
        float scale = 1f / row.TargetCount;
        pass.ForwardBackward(row, scale, 0);
        float[] gradients = new ReadOnlySpan<float>(pass.Gradients, checked((int)pass.GradientCount)).ToArray();
        foreach (TrainableWeight weight in weights.Weights)
        {
            for (int i = 0; i < ElementsPerWeight; i++)
            {
                int at = random.Next(weight.Count);
                CentralDifference.Holds(gradients[weight.Offset + at], by => Moved(weight, at, by), $"{weight.Name}[{at}]");
            }
        }

        double Moved(TrainableWeight weight, int at, float by)
        {
            Change(weight, at, by);
            double loss = pass.Forward(row) * scale;
            Change(weight, at, -by);
            return loss;
        }
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_of_adapters_agree_with_central_differences(string family) => Claim.Holds(3, (random, size) =>
    {
        using DecoderModel model = RandomFamily.Create(family, random);
        PackedRow row = RandomRow(model, random);
        bool hasMagnitudes = size == 2;
        using var adapter = LoraAdapter.Create(
            model,
            new LoraConfig
            {
                Rank = random.Next(1, 4),
                Alpha = 3,
                WeightDecomposed = hasMagnitudes,
                TargetModules = hasMagnitudes
                    ? [LoraConfig.AllLinear]
                    : [.. model.Linears.Select(l => l.Module).Distinct(), model.PartNames.TokenEmbedding],
                ModulesToSave = size == 3 ? [model.PartNames.Head] : [],
            },
            seed: 5);
        foreach (ref float value in new Span<float>(adapter.Parameters, adapter.ParameterCount))
        {
            value += (random.NextSingle() - 0.5f) * 0.6f;
        }

        using var pass = new TrainingPass(model, adapter, null, row.TokenCount, 1L << (random.Next(2) * 30));
        float scale = 1f / row.TargetCount;
        pass.ForwardBackward(row, scale, 0);
        float[] gradients = new ReadOnlySpan<float>(pass.Gradients, adapter.ParameterCount).ToArray();
        for (int i = 0; i < 40; i++)
        {
            // Of DoRA the norm of the weights counts as a constant, so only magnitudes agree with the difference.
            LoraLayer? layer = hasMagnitudes ? adapter.Layers[random.Next(adapter.Layers.Count)] : null;
            int at = layer is null ? random.Next(adapter.ParameterCount) : layer.OffsetOfMagnitude + random.Next(layer.Outputs);
            CentralDifference.Holds(adapter, at, gradients[at], () => pass.Forward(row) * scale);
        }
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void Thread_count_changes_no_bit_of_a_gradient(string family)
    {
        using DecoderModel model = RandomFamily.Create(family, new Random(11));
        PackedRow row = RandomRow(model, new Random(12));
        var weights = new TrainableWeights(model, 0, hasEnds: true);
        float[][] bits = new float[2][];
        for (int i = 0; i < bits.Length; i++)
        {
            KernelSettings.With(VectorPath.Width, i + 1, () =>
            {
                using var pass = new TrainingPass(model, null, weights, row.TokenCount, 1L << 30);
                pass.ForwardBackward(row, 1f / row.TargetCount, 0);
                bits[i] = new ReadOnlySpan<float>(pass.Gradients, checked((int)pass.GradientCount)).ToArray();
            });
        }

        Assert.Equal(bits[0], bits[1]);
    }

    private static void Change(TrainableWeight weight, int at, float by)
    {
        if (weight.Matrix is not { } matrix)
        {
            weight.Tensor!.Floats[at] += by;
            return;
        }

        float[] row = new float[weight.Columns];
        matrix.DequantizeRow(at / weight.Columns, row);
        row[at % weight.Columns] += by;
        matrix.SetRow(at / weight.Columns, row);
    }

    private static PackedRow RandomRow(DecoderModel model, Random random)
        => PackedRow.LayOut([.. Enumerable.Range(0, 3).Select(_ =>
        {
            int length = random.Next(2, 9);
            return new TrainingSample(
                [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Config.VocabularySize))],
                [.. Enumerable.Range(0, length).Select(i => i > 0 && (i == 1 || random.Next(3) > 0))]);
        })]);
}
