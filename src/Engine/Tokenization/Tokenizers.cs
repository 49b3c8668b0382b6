using Ratchet.Engine.Tokenization.Files;

namespace Ratchet.Engine.Tokenization;

/// <summary>Makes tokenizers from what model files say.</summary>
public static class Tokenizers
{
    /// <summary>Makes the tokenizer of a GGUF file's vocabulary.</summary>
    /// <exception cref="VocabularyException">The algorithm is not known, or the vocabulary contradicts itself.</exception>
    public static ITokenizer Create(VocabularyData data)
    {
        if (data.Tokens.Count == 0)
        {
            throw new VocabularyException("The vocabulary has no tokens. A tokenizer needs tokenizer.ggml.tokens.");
        }

        if (data.TokenTypes.Count != 0 && data.TokenTypes.Count != data.Tokens.Count)
        {
            throw new VocabularyException(
                $"The vocabulary has {data.Tokens.Count} tokens but {data.TokenTypes.Count} token types; it needs one for each.");
        }

        ReadOnlySpan<int?> named = [data.BeginToken, data.EndToken, data.UnknownTokenId, data.PaddingToken];
        foreach (int? id in named)
        {
            if (id is < 0 || id >= data.Tokens.Count)
            {
                throw new VocabularyException(
                    $"The vocabulary names the special token {id}, but ids run from 0 to {data.Tokens.Count - 1}.");
            }
        }

        return new TextTokenizer(GgufVocabulary.Parts(data));
    }

    /// <summary>Encodes with special tokens and cuts the middle so that at most <paramref name="tokensMax"/> ids remain.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">Any text.</param>
    /// <param name="tokensMax">Ids to return at most, with the begin and end tokens.</param>
    /// <returns>The ids; begin and end tokens are kept, the end of the text goes.</returns>
    public static int[] EncodeAtMost(this ITokenizer tokenizer, string text, int tokensMax)
    {
        int[] ids = tokenizer.Encode(text, addSpecial: true);
        if (ids.Length <= tokensMax)
        {
            return ids;
        }

        int end = tokenizer.EndToken is { } token && ids[^1] == token ? 1 : 0;
        return [.. ids.AsSpan(0, Math.Max(tokensMax - end, 0)), .. ids.AsSpan(ids.Length - Math.Min(end, tokensMax))];
    }
}
