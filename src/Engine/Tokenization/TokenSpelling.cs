using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>The bytes that each token adds to a text: what decoders do, worked out once for each token.</summary>
internal sealed class TokenSpelling
{
    private readonly byte[][] _bytes;
    private readonly byte[][] _firstBytes;

    private TokenSpelling(byte[][] bytes, byte[][] firstBytes)
    {
        _bytes = bytes;
        _firstBytes = firstBytes;
    }

    /// <summary>Bytes of a token that begins the text.</summary>
    internal ReadOnlySpan<byte> First(int id) => _firstBytes[id];

    /// <summary>Bytes of a token within the text.</summary>
    internal ReadOnlySpan<byte> Within(int id) => _bytes[id];

    /// <summary>Spells every token by a rule that is told the spelling and whether the token begins the text.</summary>
    internal static TokenSpelling By(Vocabulary vocabulary, Func<int, string, bool, byte[]> spell)
    {
        byte[][] bytes = new byte[vocabulary.Size][];
        byte[][] first = new byte[vocabulary.Size][];
        for (int id = 0; id < bytes.Length; id++)
        {
            if (vocabulary[id] is not { } token)
            {
                bytes[id] = first[id] = [];
                continue;
            }

            bytes[id] = spell(id, token, false);
            byte[] begins = spell(id, token, true);
            first[id] = begins.AsSpan().SequenceEqual(bytes[id]) ? bytes[id] : begins;
        }

        return new TokenSpelling(bytes, first);
    }

    /// <summary>Byte-level vocabularies: added tokens are spelt as they are, all others in GPT-2's alphabet.</summary>
    internal static TokenSpelling ByteLevel(Vocabulary vocabulary, ISet<int> plain)
    {
        byte[][] bytes = new byte[vocabulary.Size][];
        for (int id = 0; id < bytes.Length; id++)
        {
            string? token = vocabulary[id];
            bytes[id] = token is null ? []
                : (plain.Contains(id) ? null : ByteLevelAlphabet.ToBytes(token)) ?? Encoding.UTF8.GetBytes(token);
        }

        return new TokenSpelling(bytes, bytes);
    }

    /// <summary>SentencePiece: U+2581 is a space, the text's first space is dropped, <c>&lt;0xE4&gt;</c> is a byte.</summary>
    internal static TokenSpelling SentencePiece(Vocabulary vocabulary, ISet<int> plain, bool dropsFirstSpace = true) => By(
        vocabulary,
        (id, token, first) =>
        {
            if (!plain.Contains(id) && TryByte(token, out byte value))
            {
                return first && dropsFirstSpace && value == ' ' ? [] : [value];
            }

            string text = plain.Contains(id) ? token : token.Replace('▁', ' ');
            return Encoding.UTF8.GetBytes(first && dropsFirstSpace && text.StartsWith(' ') ? text[1..] : text);
        });

    /// <summary>WordPiece: a space before each word, none before a continuation, marks of punctuation drawn to the word before.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="split">Tells of a token whether it continues a word, and its letters.</param>
    /// <param name="cleansUp">Whether punctuation is drawn to the word before it.</param>
    internal static TokenSpelling WordPiece(
        Vocabulary vocabulary, Func<int, string, (bool Continues, string Letters)> split, bool cleansUp = true) => By(
        vocabulary,
        (id, token, first) =>
        {
            (bool continues, string letters) = split(id, token);
            string text = continues ? (first ? "##" + letters : letters) : first ? letters : " " + letters;
            return Encoding.UTF8.GetBytes(cleansUp ? CleanUp(text) : text);
        });

    /// <summary>Whether a token is spelt as a byte: <c>&lt;0xE4&gt;</c>.</summary>
    internal static bool TryByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out value);
    }

    // What Hugging Face's WordPiece decoder does to each token by itself.
    private static string CleanUp(string token) => token
        .Replace(" .", ".", StringComparison.Ordinal)
        .Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal)
        .Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal)
        .Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal)
        .Replace(" do not", " don't", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal)
        .Replace(" 've", "'ve", StringComparison.Ordinal)
        .Replace(" 're", "'re", StringComparison.Ordinal);
}
