using System.Globalization;
using Ratchet.RagService.Index;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Index;

public sealed class MarginalRelevanceTests
{
    private const double ScoreTolerance = 1e-9;

    [Fact]
    [Trait("Category", "Golden")]
    public void Picks_are_those_of_the_reference()
    {
        foreach (Case one in Golden.Read<List<Case>>("retrieval/mmr.json"))
        {
            foreach ((string lambda, Picks expected) in one.Lambda)
            {
                IReadOnlyList<(int Index, double Score)> picks = MarginalRelevance.Select(
                    one.Query, one.Vectors, one.Take, double.Parse(lambda, CultureInfo.InvariantCulture));

                Assert.Equal(expected.Selected, picks.Select(pick => pick.Index));
                for (int i = 0; i < expected.Scores.Count; i++)
                {
                    GoldenNumber.Near("retrieval/mmr.json", expected.Scores[i], picks[i].Score, ScoreTolerance, 0, "a score");
                }
            }
        }
    }

    private sealed record Case(double[] Query, List<double[]> Vectors, int Take, Dictionary<string, Picks> Lambda);

    private sealed record Picks(List<int> Selected, List<double> Scores);
}
