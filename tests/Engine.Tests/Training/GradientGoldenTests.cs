using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training;

/// <summary>The gradient of every parameter of every family against PyTorch (F51).</summary>
[Trait("Category", "Golden")]
public sealed unsafe class GradientGoldenTests
{
    // Whether activations are kept or blocks run forward again must not show.
    private const long KeepsAll = 1L << 30;
    private const long KeepsNothing = 1;

    public static TheoryData<string> Decoders => GoldenModel.Decoders;

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Gradients_of_every_parameter_match_pytorch(string family)
    {
        using var golden = new GoldenModel(family);
        using var expected = SafetensorsFile.Open(Golden.PathOf($"models/{family}/gradients.safetensors"));
        var weights = new TrainableWeights(golden.Model, 0, hasEnds: true);
        var row = PackedRow.LayOut([.. Samples(golden)]);
        var bits = new List<float[]>();
        foreach (long bytes in (long[])[KeepsAll, KeepsNothing])
        {
            using var pass = new TrainingPass(golden.Model, null, weights, row.TokenCount, bytes);
            Assert.Equal(bytes == KeepsAll, pass.KeepsActivations);
            double loss = pass.ForwardBackward(row, 1f / golden.Facts.LossLabels, 0) / golden.Facts.LossLabels;
            Assert.Equal(golden.Facts.Loss, loss, golden.Atol("loss"));
            bits.Add(new ReadOnlySpan<float>(pass.Gradients, checked((int)pass.GradientCount)).ToArray());
        }

        Assert.Equal(bits[0], bits[1]);
        Assert.Equal(
            expected.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), weights.Weights.Select(w => w.Name).Order(StringComparer.Ordinal));
        foreach (TrainableWeight weight in weights.Weights)
        {
            float[] actual = bits[0][(int)weight.Offset..(int)(weight.Offset + weight.Count)];
            GoldenNumber.Close(
                "models: gradients",
                expected.ReadFloats(weight.Name),
                weight.IsStoredTransposed ? Transposed(actual, weight.Rows, weight.Columns) : actual,
                golden.Atol("gradients"), $"{family}: {weight.Name}");
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Packed_sequences_have_the_loss_of_each_alone(string family)
    {
        using var golden = new GoldenModel(family);
        int[] ids = FamilyGoldenTests.Ints(golden.Expected, "packed.input_ids");
        int[] sequence = FamilyGoldenTests.Ints(golden.Expected, "packed.sequence_ids");
        int[] labels = FamilyGoldenTests.Ints(golden.Expected, "packed.labels");
        TrainingSample[] samples =
        [
            .. sequence.Distinct().Select(s => new TrainingSample(
                [.. ids.Where((_, i) => sequence[i] == s)], [.. labels.Where((_, i) => sequence[i] == s).Select(l => l >= 0)])),
        ];
        var row = PackedRow.LayOut(samples);
        Assert.Equal(FamilyGoldenTests.Ints(golden.Expected, "packed.position_ids"), row.Positions[..row.TokenCount]);
        using var pass = new TrainingPass(golden.Model, null, new TrainableWeights(golden.Model, 0, hasEnds: true), row.TokenCount, KeepsAll);
        Assert.Equal(golden.Facts.PackedLoss, pass.Forward(row) / golden.Facts.PackedLabels, golden.Atol("loss"));
    }

    internal static IEnumerable<TrainingSample> Samples(GoldenModel golden)
    {
        int width = golden.Expected.ReadInts("labels").Length / golden.Facts.Lengths.Length;
        int[] labels = FamilyGoldenTests.Ints(golden.Expected, "labels");
        return golden.Facts.Lengths.Select((length, row) => new TrainingSample(
            golden.Row(row), [.. labels.Skip(row * width).Take(length).Select(l => l >= 0)]));
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        float[] result = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return result;
    }
}
