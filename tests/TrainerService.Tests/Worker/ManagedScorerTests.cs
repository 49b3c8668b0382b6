using Ratchet.Contracts;
using Ratchet.Engine.Torch;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Worker;

/// <summary>Likelihoods and written answers on the bundled model.</summary>
public sealed class ManagedScorerTests
{
    // One pass sums in another order than two do only where the engine breaks its promise; the rest is float32 to double.
    private const double Tolerance = 1e-4;

    [Fact]
    public void Scores_do_not_depend_on_the_batch_and_a_written_answer_is_the_likelier_one()
    {
        using var engine = new ManagedEngine(
            Path.Combine(SolutionFolder.Find(), "models", "smollm2-135m-instruct.q4_1.gguf"),
            () => EngineBackends.Choose(new BackendOptions()));
        using IAnswerScorer scorer = engine.Score(null);
        AnswerRequest[] requests =
        [
            Ask("What is the capital of France?", "Paris.", 12),
            Ask("How many legs does a spider have?", "A spider has eight legs.", 0),
            Ask("Which planet is closest to the Sun?", "Mercury is the planet closest to the Sun.", 12),
        ];

        IReadOnlyList<AnswerScore> together = scorer.Score(requests);
        AnswerScore[] alone = [.. requests.Select(request => scorer.Score([request])[0])];
        AnswerScore own = scorer.Score([requests[0] with { Answer = together[0].Written!, WriteTokens = 0 }])[0];

        Assert.All(together.Zip(alone), pair => Assert.Equal(pair.Second.NllSum, pair.First.NllSum, Tolerance));
        Assert.Equal(alone.Select(a => a.Written), together.Select(a => a.Written));
        Assert.Null(together[1].Written);
        Assert.Contains("Paris", together[0].Written, StringComparison.Ordinal);
        Assert.True(own.NllSum / own.TokenCount < together[0].NllSum / together[0].TokenCount);
    }

    [Fact]
    public void A_long_sample_loses_what_comes_before_its_answer()
    {
        int[] ids = [.. Enumerable.Range(0, 20)];
        bool[] mask = [.. ids.Select(i => i is >= 15 and < 19)];

        EncodedSample cut = SampleTruncation.Cut(ids, mask, 8);

        Assert.Equal(Enumerable.Range(12, 8), cut.Ids);
        Assert.Equal((4, 12), (cut.TargetCount, cut.TruncatedCount));
        Assert.Equal(ids, SampleTruncation.Cut(ids, mask, 20).Ids);
    }

    private static AnswerRequest Ask(string question, string answer, int write) =>
        new(GroundedPrompt.Build(question, [], []), answer, write);
}
