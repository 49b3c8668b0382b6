using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training.Data;

public sealed class PackingTests
{
    // Shares are quotients of whole numbers; only the last bit may differ.
    private const double ShareTolerance = 1e-12;

    private sealed record Bin(
        int RowLength, int[] Lengths, int[][] Rows, int[] NotPacked, long Padding, double UsedShare);

    private sealed record Row(int[] Ids, int[] PositionIds, int[] SegmentIds, int[] Targets);

    private sealed record Bins(int[][] Rows);

    private sealed record Example(
        string Model, int RowLength, int PadId, int[][] Samples, int[][] Masks, Bins Packed, Row[] LaidOut);

    private sealed record PackingFile(Bin[] Bins, Example Example);

    [Fact]
    [Trait("Category", "Golden")]
    public void Samples_share_rows_as_first_fit_decreasing_says()
    {
        foreach (Bin bin in Golden.Read<PackingFile>("loss-mask/packing.json").Bins)
        {
            PackingPlan plan = Packing.Plan(bin.Lengths, bin.RowLength);

            Assert.Equal(bin.Rows, plan.Rows);
            Assert.Equal(bin.NotPacked, plan.NotPacked);
            Assert.Equal(bin.Padding, plan.Padding);
            Assert.Equal(bin.UsedShare, plan.UsedShare, ShareTolerance);
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void A_row_restarts_positions_and_never_predicts_across_samples()
    {
        Example example = Golden.Read<PackingFile>("loss-mask/packing.json").Example;
        TrainingSample[] samples =
        [
            .. example.Samples.Zip(example.Masks, (ids, mask) => new TrainingSample(ids, [.. mask.Select(m => m == 1)])),
        ];

        PackingPlan plan = Packing.Plan([.. samples.Select(sample => sample.Ids.Length)], example.RowLength);

        Assert.Equal(example.Packed.Rows, plan.Rows);
        Assert.Equal(example.LaidOut.Length, plan.Rows.Count);
        for (int r = 0; r < plan.Rows.Count; r++)
        {
            Row expected = example.LaidOut[r];
            var row = PackedRow.LayOut([.. plan.Rows[r].Select(i => samples[i])], example.RowLength, example.PadId);
            Assert.Equal(expected.Ids, row.Ids);
            Assert.Equal(expected.PositionIds, row.Positions);
            Assert.Equal(expected.SegmentIds, row.Segments);
            Assert.Equal(expected.Targets.Select(t => t == 1), row.Targets);
            Assert.Equal(expected.Targets.Sum(), row.TargetCount);
        }
    }

    [Fact]
    public void Every_sample_is_placed_once_and_no_row_overflows() => Claim.Holds(cases: 60, (random, size) =>
    {
        int rowLength = random.Next(1, 40);
        int[] lengths = [.. Enumerable.Range(0, size).Select(_ => random.Next(0, 45))];

        PackingPlan plan = Packing.Plan(lengths, rowLength);

        Assert.Equal(
            Enumerable.Range(0, size), plan.Rows.SelectMany(row => row).Concat(plan.NotPacked).Order());
        Assert.All(plan.Rows, row => Assert.InRange(row.Sum(i => lengths[i]), 1, rowLength));
        Assert.All(plan.NotPacked, i => Assert.True(lengths[i] == 0 || lengths[i] > rowLength));
    });
}
