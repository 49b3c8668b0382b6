namespace Ratchet.Contracts.Tests;

public sealed class GroundedPromptTests
{
    [Fact]
    public void A_question_with_passages_numbers_them_before_the_question()
    {
        IReadOnlyList<PromptMessage> messages = GroundedPrompt.Build(
            "When do you open?", [], [new PromptChunk("Hours", "We open at 8. "), new PromptChunk("", "Closed on Sundays.")]);

        Assert.Equal("system", messages[0].Role);
        Assert.Equal("user", messages[1].Role);
        Assert.Equal("[1] Hours: We open at 8.\n[2] Closed on Sundays.\n\nWhen do you open?", messages[1].Content);
    }

    [Fact]
    public void A_question_without_passages_stays_as_it_was_asked()
    {
        IReadOnlyList<PromptMessage> messages = GroundedPrompt.Build("  Why? ", [], []);

        Assert.Equal("  Why? ", messages[^1].Content);
    }

    [Fact]
    public void A_system_message_of_the_caller_takes_the_place_of_ours_and_history_keeps_its_order()
    {
        PromptMessage[] history =
            [new("system", "Be a pirate."), new("user", "Hi"), new("assistant", "Arr"),];

        IReadOnlyList<PromptMessage> messages = GroundedPrompt.Build("Where?", history, []);

        Assert.Equal(["system", "user", "assistant", "user"], messages.Select(message => message.Role));
        Assert.Equal("Be a pirate.", messages[0].Content);
    }

    // F152: training and serving must build the same text. Whoever changes the text must change the version, and this.
    [Fact]
    public void The_text_of_this_version_is_pinned()
    {
        string all = string.Join('\n', GroundedPrompt.Build("q", [], [new PromptChunk("t", "p")]).Select(m => $"{m.Role}:{m.Content}"));

        Assert.Equal(1, GroundedPrompt.Version);
        Assert.Equal(
            "system:You answer questions about our business, briefly and only with what is known.\nuser:[1] t: p\n\nq", all);
    }
}
