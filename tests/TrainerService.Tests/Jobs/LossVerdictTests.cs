using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Tests.Jobs;

/// <summary>The word for a loss curve (F84).</summary>
public sealed class LossVerdictTests
{
    private static readonly Random Noise = new(5);

    public static TheoryData<string, double[]> Curves => new()
    {
        { "starting", [3, 2.9] },
        { "falling", [.. Enumerable.Range(0, 40).Select(i => 3 - (0.04 * i) + (0.05 * Noise.NextDouble()))] },
        { "flat", [.. Enumerable.Range(0, 40).Select(_ => 1.2 + (0.02 * Noise.NextDouble()))] },
        { "noisy", [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? 1.0 : 2.5)] },
        { "rising", [.. Enumerable.Range(0, 40).Select(i => 1 + (0.02 * i) + (0.02 * Noise.NextDouble()))] },
        { "diverged", [.. Enumerable.Range(0, 20).Select(i => 2.0 + (i > 10 ? i : 0))] },
        { "diverged", [2, double.NaN] },
    };

    [Theory]
    [MemberData(nameof(Curves))]
    public void The_word_fits_the_curve(string word, double[] losses)
    {
        var verdict = LossVerdict.Of(losses);

        Assert.Equal(word, verdict.Word);
        Assert.NotEmpty(verdict.Advice);
    }
}
