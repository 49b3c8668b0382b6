using System.Text;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Tests.Inference;

public sealed class GenerationEngineTests
{
    private static readonly LetterTokenizer Tokenizer = new();

    private static readonly ModelConfig Model = CountingBackend.OfLetters(contextLength: 64);

    [Fact]
    public async Task An_answer_is_the_same_alone_and_among_others()
    {
        string[] prompts = [.. Enumerable.Range(0, 20).Select(i => $"question{(char)('a' + i)}")];
        var alone = new List<string>();
        foreach (string prompt in prompts)
        {
            using var backend = new CountingBackend(Model, 16);
            using var single = new GenerationEngine(backend, Tokenizer, new GenerationLimits { PrefixesMax = 0 });
            alone.Add(await TextOf(single.Write(Request(prompt, 12))));
        }

        using var shared = new CountingBackend(Model, 16);
        using var engine = new GenerationEngine(shared, Tokenizer, new GenerationLimits { SequencesMax = 8 });
        shared.Open.Reset();
        Task<string>[] writing = [.. prompts.Select(prompt => TextOf(engine.Write(Request(prompt, 12))))];
        shared.Open.Set();
        string[] together = await Task.WhenAll(writing);

        Assert.Equal(alone, together);
        Assert.True(shared.LargestPass > 1, "No pass held more than one answer.");
    }

    [Fact]
    public async Task Sampled_answers_to_one_prompt_differ_and_repeat_with_the_seed_and_the_prompt_is_read_once()
    {
        using var backend = new CountingBackend(Model, 64);
        using var engine = new GenerationEngine(backend, Tokenizer, new GenerationLimits { PrefixesMax = 0 });
        GenerationRequest request = Request("thesameprompt", 8) with
        {
            Config = new GenerationConfig { TokensMax = 8, Temperature = 1.5f, Seed = 3 },
        };

        string[] first = await Task.WhenAll(engine.Write(request, 3, default).Select(TextOf));
        int read = backend.TokensRead;
        string[] again = await Task.WhenAll(engine.Write(request, 3, default).Select(TextOf));

        Assert.Equal(first, again);
        Assert.Equal(3, first.Distinct().Count());
        Assert.True(read < 13 + 2 + (3 * 8), $"{read} tokens were read for a prompt of 13 and three answers of 8.");
    }

    [Fact]
    public async Task A_prompt_that_begins_like_an_earlier_one_is_not_read_again_but_never_across_adapters()
    {
        using var backend = new CountingBackend(Model, 64);
        using var engine = new GenerationEngine(backend, Tokenizer, new GenerationLimits());
        await TextOf(engine.Write(Request("alongprefixthenone", 4)));

        GenerationEngine.Answer same = engine.Write(Request("alongprefixthentwo", 4));
        await TextOf(same);
        GenerationEngine.Answer other = engine.Write(Request("alongprefixthentwo", 4) with { AdapterId = "ft:a" });
        await TextOf(other);

        Assert.Equal("alongprefixthen".Length, same.CachedTokens);
        Assert.Equal(0, other.CachedTokens);
    }

    [Fact]
    public async Task A_stop_text_and_the_token_limit_end_an_answer_with_their_reasons()
    {
        using var backend = new CountingBackend(Model, 64);
        using var engine = new GenerationEngine(backend, Tokenizer, new GenerationLimits());
        string whole = await TextOf(engine.Write(Request("tell", 10)));
        string stop = whole[4..6];

        List<GeneratedToken> limited = await TokensOf(engine.Write(Request("tell", 10)));
        List<GeneratedToken> stopped = await TokensOf(engine.Write(Request("tell", 10) with
        {
            Config = new GenerationConfig { TokensMax = 10, Temperature = 0, StopTexts = [stop] },
        }));

        Assert.Equal(FinishReason.Length, limited[^1].Finish);
        Assert.Equal(FinishReason.Stop, stopped[^1].Finish);
        string text = string.Concat(stopped.Select(token => token.Text));
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], text);
    }

    // F78, and what a busy server must do instead of running out of memory.
    [Fact]
    public async Task Too_many_requests_are_refused_and_the_others_are_answered()
    {
        using var backend = new CountingBackend(Model, 64);
        using var engine = new GenerationEngine(
            backend, Tokenizer, new GenerationLimits { SequencesMax = 1, QueueMax = 2 });
        backend.Open.Reset();
        var answers = new List<Task<string>>();
        QueueFullException? refusal = null;
        for (int i = 0; i < 10; i++)
        {
            try
            {
                answers.Add(TextOf(engine.Write(Request("busy", 3))));
            }
            catch (QueueFullException full)
            {
                refusal = full;
            }
        }

        backend.Open.Set();
        await Task.WhenAll(answers).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.NotNull(refusal);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        Assert.InRange(answers.Count, 3, 5);
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_place()
    {
        using var backend = new CountingBackend(Model, 64);
        using var engine = new GenerationEngine(backend, Tokenizer, new GenerationLimits { SequencesMax = 1 });
        using var leaving = new CancellationTokenSource();
        backend.Open.Reset();
        Task<string> left = TextOf(engine.Write(Request("leaving", 50), leaving.Token));
        Task<string> stays = TextOf(engine.Write(Request("staying", 5)));

        await leaving.CancelAsync();
        backend.Open.Set();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal(5, (await stays.WaitAsync(TimeSpan.FromMinutes(2))).Length);
    }

    [Fact]
    public void A_prompt_that_does_not_fit_is_refused_before_it_waits()
    {
        using var backend = new CountingBackend(Model, 64);
        using var engine = new GenerationEngine(backend, Tokenizer, new GenerationLimits());

        Assert.Throws<ArgumentException>(() => engine.Write(Request(new string('a', 64), 1)));
        Assert.Throws<ArgumentException>(() => engine.Write(Request("", 1)));
    }

    private static GenerationRequest Request(string prompt, int tokensMax) => new(
        Tokenizer.Encode(prompt), new GenerationConfig { TokensMax = tokensMax, Temperature = 0 }, null, "");

    private static async Task<List<GeneratedToken>> TokensOf(GenerationEngine.Answer answer)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (GeneratedToken token in answer.ReadAsync())
        {
            tokens.Add(token);
        }

        return tokens;
    }

    private static async Task<string> TextOf(GenerationEngine.Answer answer)
    {
        var text = new StringBuilder();
        await foreach (GeneratedToken token in answer.ReadAsync())
        {
            text.Append(token.Text);
        }

        return text.ToString();
    }
}
