using System.Text;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Tokenization;

namespace Ratchet.InferenceService.Serving;

/// <summary>Tokens and reasons in the words of OpenAI's API.</summary>
internal static class TokenText
{
    /// <summary>Tells clients that two answers came from the same program.</summary>
    public static string Fingerprint { get; } =
        $"fp_ratchet_{typeof(TokenText).Assembly.GetName().Version?.ToString(3)}";

    public static string Word(FinishReason reason) => reason == FinishReason.Length ? "length" : "stop";

    public static TokenLogprob Logprob(ITokenizer tokenizer, GeneratedToken token) =>
        Row(tokenizer, token.Id, token.Logprob) with
        {
            TopLogprobs = [.. token.Top.Select(score => Row(tokenizer, score.Id, score.Logprob))],
        };

    /// <summary>The token's text; a part of a character is shown as U+FFFD, its bytes tell the rest.</summary>
    public static string Text(ITokenizer tokenizer, int id) => Encoding.UTF8.GetString(tokenizer.TokenBytes(id));

    private static TokenLogprob Row(ITokenizer tokenizer, int id, float logprob)
    {
        ReadOnlySpan<byte> bytes = tokenizer.TokenBytes(id);
        int[] numbers = new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            numbers[i] = bytes[i];
        }

        // OpenAI's stand-in for what cannot be: JSON has no minus infinity.
        return new TokenLogprob(Encoding.UTF8.GetString(bytes), Math.Max(logprob, -9999f), numbers);
    }
}
