using System.Globalization;
using System.Text.Json;
using Ratchet.RagService.Index;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Index;

public sealed class RankFusionTests
{
    private const double ScoreTolerance = 1e-12;

    // "The smaller number in the id first": d2 before d10.
    private static readonly Comparer<string> ByNumber = Comparer<string>.Create((x, y) =>
        int.Parse(x.AsSpan(1), CultureInfo.InvariantCulture).CompareTo(int.Parse(y.AsSpan(1), CultureInfo.InvariantCulture)));

    [Fact]
    [Trait("Category", "Golden")]
    public void Fused_order_and_scores_are_those_of_the_reference()
    {
        foreach (Case one in Golden.Read<List<Case>>("retrieval/fusion.json"))
        {
            Assert.Equal(RankFusion.Constant, one.K);
            List<List<(string Item, double Score)>> lists =
                [.. one.Lists.Select(list => list.Select(pair => (pair[0].GetString()!, pair[1].GetDouble())).ToList())];
            List<IReadOnlyList<string>> ranked = [.. lists.Select(list => list.Select(pair => pair.Item).ToList())];
            double[] equal = [.. one.Lists.Select(_ => 1.0)];

            AssertSame(one.Rrf, RankFusion.Reciprocal(ranked, equal, ByNumber));
            AssertSame(one.WeightedRrf, RankFusion.Reciprocal(ranked, one.Weights, ByNumber));
            AssertSame(one.WeightedMinMax, RankFusion.MinMax(lists, one.Weights, ByNumber));
        }
    }

    [Fact]
    public void What_both_lists_rank_well_beats_what_one_ranks_best() => Assert.Equal(
        "b",
        RankFusion.Reciprocal<string>([["a", "b", "c"], ["d", "b", "e"]], [1, 1], StringComparer.Ordinal)[0].Item);

    private static void AssertSame(List<JsonElement[]> expected, IReadOnlyList<(string Item, double Score)> found)
    {
        Assert.Equal(expected.Select(pair => pair[0].GetString()), found.Select(pair => pair.Item));
        for (int i = 0; i < expected.Count; i++)
        {
            GoldenNumber.Near("retrieval/fusion.json", expected[i][1].GetDouble(), found[i].Score, ScoreTolerance, 0, "a fused score");
        }
    }

    private sealed record Case(
        List<List<JsonElement[]>> Lists,
        List<double> Weights,
        int K,
        List<JsonElement[]> Rrf,
        List<JsonElement[]> WeightedRrf,
        List<JsonElement[]> WeightedMinMax);
}
