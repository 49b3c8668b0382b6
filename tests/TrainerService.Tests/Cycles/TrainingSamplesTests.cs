using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Cycles;

/// <summary>Training examples in RAFT shape (F120).</summary>
public sealed class TrainingSamplesTests
{
    private static readonly CycleOptions Options = new() { DistractorShare = 0.1, PlainShare = 0.2 };

    [Fact]
    public void Shares_come_out_as_set_and_stay_for_a_seed()
    {
        TrainingConversation[] samples = [.. Enumerable.Range(0, 2000).Select(i => TrainingSamples.Make(Context(i, sourceAt: 0), 7, 2, Options))];

        int unknown = samples.Count(s => s.Messages[^1].Content == GroundedPrompt.NotKnown);
        int plain = samples.Count(s => !s.Messages[^2].Content.Contains("[1]", StringComparison.Ordinal));

        Assert.InRange(unknown, 150, 250);
        Assert.InRange(plain, 340, 460);
        Assert.Equal(
            samples[5].Messages.Select(m => m.Content),
            TrainingSamples.Make(Context(5, sourceAt: 0), 7, 2, Options).Messages.Select(m => m.Content));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(-1)]
    public void The_right_passage_is_among_those_shown_with_an_answer(int sourceAt)
    {
        foreach (TrainingConversation sample in Enumerable.Range(0, 200).Select(i => TrainingSamples.Make(Context(i, sourceAt), 7, 2, Options)))
        {
            string question = sample.Messages[^2].Content;
            bool known = sample.Messages[^1].Content != GroundedPrompt.NotKnown;
            bool grounded = question.Contains("[1]", StringComparison.Ordinal);

            Assert.Equal(known && grounded, question.Contains("the source", StringComparison.Ordinal));
            Assert.DoesNotContain("[3]", question, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_prompt_is_the_one_that_is_served()
    {
        TrainingContext context = Context(1, sourceAt: 0);
        TrainingConversation sample = TrainingSamples.Make(
            context, 1, 2, new CycleOptions { DistractorShare = 0, PlainShare = 0 });

        Assert.Equal(
            GroundedPrompt.Build(context.Row.Question, [], [context.Hits[0].Chunk, context.Hits[1].Chunk]).Select(m => (m.Role, m.Content)),
            sample.Messages.SkipLast(1).Select(m => (m.Role, m.Content)));
    }

    private static TrainingContext Context(int i, int sourceAt)
    {
        var source = new FoundPassage("s", new PromptChunk("Doc", "the source"), IsSource: true);
        List<FoundPassage> hits = [.. Enumerable.Range(0, 5).Select(n => new FoundPassage($"d{n}", new PromptChunk("Other", $"distractor {n}"), false))];
        if (sourceAt >= 0)
        {
            hits.Insert(sourceAt, source);
        }

        return new TrainingContext(new BatchRow($"q{i}?", $"a{i}", "house", $"ex-{i}", "doc"), hits, source);
    }
}
