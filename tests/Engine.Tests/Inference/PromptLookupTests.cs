using System.Text;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Inference;

/// <summary>Guessed tokens change how many passes an answer takes, and nothing of the answer.</summary>
public sealed class PromptLookupTests
{
    private static readonly LetterTokenizer Tokenizer = new();

    private static readonly ModelConfig Model = CountingBackend.OfLetters(contextLength: 512);

    [Fact]
    public void What_followed_the_same_three_tokens_last_is_guessed()
    {
        var lookup = new PromptLookup(8);

        Assert.Equal([9, 4], lookup.Guess([1, 2, 3, 7, 7, 1, 2, 3, 9, 4, 5, 1, 2, 3], 8));
        Assert.Equal([9], new PromptLookup(8).Guess([1, 2, 3, 7, 7, 1, 2, 3, 9, 4, 5, 1, 2, 3], 1));
        Assert.Empty(new PromptLookup(8).Guess([1, 2, 3, 7, 8, 2, 3], 8));
        Assert.Empty(new PromptLookup(8).Guess([1, 2], 8));
        Assert.Empty(new PromptLookup(8).Guess([1, 2, 3, 4, 1, 2, 3], 0));
    }

    [Fact]
    public void What_repeats_itself_is_guessed_past_its_end()
    {
        var lookup = new PromptLookup(8);
        lookup.Learn(2, 2, 0);
        lookup.Learn(4, 4, 0);

        Assert.Equal([5, 6, 5, 6, 5, 6, 5, 6], lookup.Guess([5, 6, 5, 6, 5, 6], 8));
    }

    [Fact]
    public void Guesses_double_while_they_are_right_halve_when_they_are_not_and_pause_when_one_alone_is_wrong()
    {
        int[] ids = [.. Enumerable.Repeat(3, 40)];
        var lookup = new PromptLookup(8);
        var counts = new List<int>();
        foreach (int right in (int[])[2, 4, 8, 8, 0, 0, 0, 0])
        {
            int count = lookup.Guess(ids, 100).Length;
            counts.Add(count);
            lookup.Learn(count, Math.Min(right, count), ids.Length);
        }

        Assert.Equal([2, 4, 8, 8, 8, 4, 2, 1], counts);
        Assert.Empty(lookup.Guess(ids, 100));
        Assert.Single(lookup.Guess([.. ids, .. ids], 100));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.7f)]
    public async Task An_answer_that_repeats_takes_fewer_passes_and_says_the_same(float temperature)
    {
        (List<string> plain, int plainPasses, _) = await WriteAsync(1, 0, temperature, 2, 256);
        (List<string> guessed, int passes, (int asked, int right)) = await WriteAsync(1, 8, temperature, 2, 256);

        Assert.Equal(plain, guessed);
        Assert.True(right > 0 && right <= asked, $"{right} of {asked} guesses were right.");
        Assert.Equal(plainPasses - right, passes);
    }

    [Theory] // A pass of 9 tokens and 8 answers: there is room for one guess at most.
    [InlineData(2, 9)]
    [InlineData(3, 64)]
    [InlineData(100, 64)]
    public async Task Wrong_guesses_leave_nothing_behind(int memory, int tokensPerPass)
    {
        (List<string> plain, _, _) = await WriteAsync(8, 0, 1.2f, memory, tokensPerPass);
        (List<string> guessed, _, (int asked, _)) = await WriteAsync(8, 6, 1.2f, memory, tokensPerPass);

        Assert.Equal(plain, guessed);
        Assert.True(asked > 0, "Nothing was guessed.");
    }

    [Theory]
    [InlineData(Precision.Int8, 0f)]
    [InlineData(Precision.Int8, 0.6f)]
    [InlineData(Precision.Float32, 0f)]
    public async Task The_bundled_model_writes_the_same_tokens(Precision precision, float temperature)
    {
        LoadedDecoder decoder = ModelLoader.LoadDecoder(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        using var model = decoder.Model;
        int[] prompt = decoder.Tokenizer.Encode(
            "<|im_start|>user\nRepeat this list twice: anchor, lantern, north pier, harbour office, anchor, lantern.<|im_end|>\n<|im_start|>assistant\n",
            parseSpecial: true);
        var request = new GenerationRequest(prompt, new GenerationConfig { TokensMax = 60, Temperature = temperature, Seed = 5 }, null, "");
        var answers = new List<List<int>>();
        int right = 0;
        foreach (int guesses in (int[])[0, 8])
        {
            using var runner = new DecoderRunner(model, precision, 64);
            using var engine = new GenerationEngine(runner, decoder.Tokenizer, new GenerationLimits { GuessesMax = guesses });
            GenerationEngine.Answer answer = engine.Write(request);
            answers.Add([]);
            await foreach (GeneratedToken token in answer.ReadAsync(TestContext.Current.CancellationToken))
            {
                answers[^1].Add(token.Id);
            }

            right += answer.Guesses.Right;
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.True(right > 0, "No guess was right, so that nothing was tried.");
    }

    private static async Task<(List<string> Texts, int Passes, (int Asked, int Right) Guesses)> WriteAsync(
        int count, int guessesMax, float temperature, int memory, int tokensPerPass)
    {
        using var backend = new CountingBackend(Model, tokensPerPass, memory);
        using var engine = new GenerationEngine(backend, Tokenizer, new GenerationLimits { GuessesMax = guessesMax, SequencesMax = 8 });
        backend.Open.Reset();
        GenerationEngine.Answer[] answers = [.. Enumerable.Range(0, count).Select(i => engine.Write(new GenerationRequest(
            Tokenizer.Encode($"abcabcabcdefabc{(char)('a' + i)}"),
            new GenerationConfig { TokensMax = 90 + i, Temperature = temperature, Seed = (ulong)i, StopTexts = ["zq"], TopK = 3 }, null, "")))];
        backend.Open.Set();
        var texts = new List<string>();
        foreach (GenerationEngine.Answer answer in answers)
        {
            var text = new StringBuilder();
            await foreach (GeneratedToken token in answer.ReadAsync(TestContext.Current.CancellationToken))
            {
                text.Append(token.Text);
            }

            texts.Add($"{text} {answer.Finish} {answer.WrittenTokens}");
        }

        // What is remembered of an answer must be its own ids, with nothing of a wrong guess.
        GenerationEngine.Answer again = engine.Write(new GenerationRequest(
            Tokenizer.Encode("abcabcabcdefabca" + texts[0].Split(' ')[0]), new GenerationConfig { TokensMax = 20, Temperature = 0 }, null, ""));
        await foreach (GeneratedToken token in again.ReadAsync(TestContext.Current.CancellationToken))
        {
            texts.Add(token.Text);
        }

        GenerationEngine.Answer[] all = [.. answers, again];
        return (texts, backend.PassCount, (all.Sum(answer => answer.Guesses.Asked), all.Sum(answer => answer.Guesses.Right)));
    }
}
