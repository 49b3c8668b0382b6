using System.Diagnostics;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>What guesses from the prompt bring: the sample business's questions after the document that answers them, by the bundled model.</summary>
internal static class LookupRun
{
    private const int QuestionCount = 24;
    private const int TokensMax = 96;
    private const int PassageLength = 1200;
    private const int Rounds = 3;

    public static async Task PrintAsync()
    {
        using LoadedDecoder decoder = ModelLoader.LoadDecoder(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        using var runner = new DecoderRunner(decoder.Model, Precision.Int8, 256);
        int[][] prompts = [.. Questions().Select(messages => decoder.Chat!.EncodePrompt([.. messages.Select(m => new ChatMessage(m.Role, m.Content))]))];
        foreach (int together in (int[])[1, 4, 16])
        {
            foreach (int guesses in (int[])[0, 2, 4, 8])
            {
                Result best = await RunAsync(runner, decoder, prompts, together, guesses);
                for (int round = 1; round < Rounds; round++)
                {
                    Result result = await RunAsync(runner, decoder, prompts, together, guesses);
                    best = result.TokensPerSecond > best.TokensPerSecond ? result : best;
                }

                Console.WriteLine($"{together,2} answers at once, {guesses} guesses at most: {best.TokensPerSecond,5:0} tokens/s, {best.Right} of {best.Asked} guesses right, {best.Tokens} tokens");
            }
        }
    }

    private static async Task<Result> RunAsync(IInferenceBackend runner, LoadedDecoder decoder, int[][] prompts, int together, int guesses)
    {
        using var engine = new GenerationEngine(
            runner, decoder.Tokenizer, new GenerationLimits { GuessesMax = guesses, SequencesMax = together, PrefixesMax = 0, QueueMax = QuestionCount });
        var config = new GenerationConfig { TokensMax = TokensMax, Temperature = 0, StopTokens = [.. decoder.Chat!.StopTokens] };
        var result = new Result(0, 0, 0, 0);
        foreach (int[][] group in prompts.Chunk(together))
        {
            GenerationEngine.Answer[] answers = [.. group.Select(prompt => engine.Write(new GenerationRequest(prompt, config, null, "")))];
            foreach (GenerationEngine.Answer answer in answers)
            {
                await foreach (GeneratedToken _ in answer.ReadAsync())
                {
                }
            }

            // From the moment when the last prompt is read: what is guessed does not change the reading.
            long first = answers.Max(answer => answer.WrittenAt.First);
            long newest = answers.Max(answer => answer.WrittenAt.Newest);
            result = new Result(
                result.Tokens + answers.Sum(answer => answer.WrittenTokens - 1), result.Seconds + Stopwatch.GetElapsedTime(first, newest).TotalSeconds,
                result.Asked + answers.Sum(answer => answer.Guesses.Asked), result.Right + answers.Sum(answer => answer.Guesses.Right));
        }

        return result;
    }

    private static IEnumerable<IReadOnlyList<PromptMessage>> Questions()
    {
        string business = Path.Combine(SourceTree.Root, "samples", "business");
        var random = new Random(1);
        string[] lines = File.ReadAllLines(Path.Combine(business, "examples.jsonl"));
        random.Shuffle(lines);
        foreach (string line in lines.Where(line => line.Contains(".md\"", StringComparison.Ordinal)).Take(QuestionCount))
        {
            using var row = JsonDocument.Parse(line);
            string key = row.RootElement.GetProperty("document_key").GetString()!;
            string text = File.ReadAllText(Path.Combine(business, "documents", key));
            yield return GroundedPrompt.Build(
                row.RootElement.GetProperty("question").GetString()!, [], [new PromptChunk(key, text[..Math.Min(PassageLength, text.Length)])]);
        }
    }

    private readonly record struct Result(int Tokens, double Seconds, int Asked, int Right)
    {
        public double TokensPerSecond => Tokens / Seconds;
    }
}
