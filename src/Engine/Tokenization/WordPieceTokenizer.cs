using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>WordPiece, as BERT uses it: the longest piece of the vocabulary that fits, word by word.</summary>
/// <remarks>
/// In GGUF a piece that begins a word carries U+2581 and a continuation carries nothing; special tokens are spelt as they are.
/// Source: https://github.com/google-research/bert/blob/master/tokenization.py, with the cleaning of Hugging Face's tokenizers.
/// </remarks>
internal sealed class WordPieceTokenizer : ITokenizer
{
    private const char WordMark = '▁';

    // A longer word is unknown, in code points.
    private const int WordLengthMax = 100;

    private readonly string[] _tokens;
    private readonly byte[][] _bytes;
    private readonly byte[][] _firstBytes;
    private readonly bool[] _special;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _words;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;
    private readonly int _longestPiece;
    private readonly int _unknown;
    private readonly TokenMatcher _specialMatcher;
    private readonly TokenMatcher _addedMatcher;
    private readonly BertNormalizer _normalizer;
    private readonly bool _addBegin;
    private readonly bool _addEnd;

    internal WordPieceTokenizer(VocabularyData data)
    {
        _unknown = data.UnknownTokenId ?? throw new VocabularyException(
            "The WordPiece vocabulary names no unknown token. It needs tokenizer.ggml.unknown_token_id.");
        _tokens = [.. data.Tokens];
        _special = new bool[_tokens.Length];
        _bytes = new byte[_tokens.Length][];
        _firstBytes = new byte[_tokens.Length][];
        _ids = new Dictionary<string, int>(_tokens.Length);
        var words = new Dictionary<string, int>(_tokens.Length);
        var continuations = new Dictionary<string, int>(_tokens.Length);
        var special = new List<(string, int)>();
        var added = new List<(string, int)>();
        for (int id = 0; id < _tokens.Length; id++)
        {
            string token = _tokens[id];
            int kind = data.TokenTypes.Count == 0 ? VocabularyData.NormalToken : data.TokenTypes[id];
            _special[id] = kind is VocabularyData.ControlToken or VocabularyData.UnknownToken;
            _ = _ids.TryAdd(token, id);
            bool isWord = token.StartsWith(WordMark);
            string piece = isWord ? token[1..] : token;
            if (_special[id] || kind == VocabularyData.UserDefinedToken)
            {
                (_special[id] ? special : added).Add((token, id));
                piece = token;
                isWord = true;
            }
            else
            {
                _ = (isWord ? words : continuations).TryAdd(piece, id);
                _longestPiece = Math.Max(_longestPiece, piece.Length);
            }

            _bytes[id] = Encoding.UTF8.GetBytes(CleanUp(isWord ? " " + piece : piece));
            _firstBytes[id] = Encoding.UTF8.GetBytes(CleanUp(isWord ? piece : "##" + piece));
        }

        _words = words.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
        _specialMatcher = new TokenMatcher(special);
        _addedMatcher = new TokenMatcher(added);
        _normalizer = new BertNormalizer(data.Lowercase);
        _addBegin = data is { AddBegin: true, BeginToken: not null };
        _addEnd = data is { AddEnd: true, EndToken: not null };
        (BeginToken, EndToken, PaddingToken) = (data.BeginToken, data.EndToken, data.PaddingToken);
    }

    public int VocabularySize => _tokens.Length;

    public int? BeginToken { get; }

    public int? EndToken { get; }

    public int? PaddingToken { get; }

    public int[] Encode(string text, bool parseSpecial, bool addSpecial) =>
        [.. Walk(text, parseSpecial, addSpecial).Select(span => span.Id)];

    public TokenSpan[] EncodeWithOffsets(string text, bool parseSpecial, bool addSpecial) =>
        [.. Walk(text, parseSpecial, addSpecial)];

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(ids.Length * 4, 1));
        bool first = true;
        foreach (int id in ids)
        {
            if (!(skipSpecial && IsSpecial(id)))
            {
                bytes.Write(TokenBytes(id, first));
                first = false;
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public ReadOnlySpan<byte> TokenBytes(int id, bool first = false) => (first ? _firstBytes : _bytes)[Known(id)];

    public bool IsSpecial(int id) => _special[Known(id)];

    public string TokenText(int id) => Encoding.UTF8.GetString(_bytes[Known(id)]);

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public bool TryFindSpecial(ReadOnlySpan<char> text, out int start, out int length, out int id) =>
        _specialMatcher.TryFind(text, out start, out length, out id);

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

    private static bool IsPunctuation(char unit, Rune rune)
    {
        if (unit < 0x80)
        {
            return char.IsAscii(unit) && (char.IsPunctuation(unit) || char.IsSymbol(unit));
        }

        return Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
    }

    private int Known(int id) => (uint)id < (uint)_tokens.Length
        ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids run from 0 to {_tokens.Length - 1}.");

    private List<TokenSpan> Walk(string text, bool parseSpecial, bool addSpecial)
    {
        if (text.Length > ITokenizer.TextLengthMax)
        {
            throw new ArgumentException(
                $"The text has {text.Length:N0} UTF-16 units; at most {ITokenizer.TextLengthMax:N0} are tokenised at once.",
                nameof(text));
        }

        var spans = new List<TokenSpan>((text.Length / 4) + 2);
        if (addSpecial && _addBegin)
        {
            spans.Add(new TokenSpan(BeginToken!.Value, 0, 0));
        }

        Cut(text, 0, parseSpecial ? _specialMatcher : null, spans);
        if (addSpecial && _addEnd)
        {
            spans.Add(new TokenSpan(EndToken!.Value, text.Length, text.Length));
        }

        return spans;
    }

    private void Cut(ReadOnlySpan<char> text, int offset, TokenMatcher? matcher, List<TokenSpan> spans)
    {
        TokenMatcher current = matcher ?? _addedMatcher;
        while (current.TryFind(text, out int start, out int length, out int id))
        {
            Rest(text[..start], offset);
            spans.Add(new TokenSpan(id, offset + start, offset + start + length));
            text = text[(start + length)..];
            offset += start + length;
        }

        Rest(text, offset);

        void Rest(ReadOnlySpan<char> part, int partOffset)
        {
            if (matcher is not null)
            {
                Cut(part, partOffset, matcher: null, spans);
            }
            else if (part.Length > 0)
            {
                Words(_normalizer.Normalize(part, partOffset), spans);
            }
        }
    }

    // White space parts words; each mark of punctuation is a word of its own.
    private void Words(NormalizedText text, List<TokenSpan> spans)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int start = 0;
        for (int at = 0; at < chars.Length;)
        {
            _ = Rune.DecodeFromUtf16(chars[at..], out Rune rune, out int size);
            bool space = Rune.IsWhiteSpace(rune);
            if (space || IsPunctuation(chars[at], rune))
            {
                Word(text, start, at, spans);
                if (!space)
                {
                    Word(text, at, at + size, spans);
                }

                start = at + size;
            }

            at += size;
        }

        Word(text, start, chars.Length, spans);
    }

    private void Word(NormalizedText text, int start, int end, List<TokenSpan> spans)
    {
        if (start == end)
        {
            return;
        }

        ReadOnlySpan<char> word = text.Chars[start..end];
        int first = spans.Count;
        bool known = word.Length <= WordLengthMax || CountRunes(word) <= WordLengthMax;
        for (int at = 0; known && at < word.Length;)
        {
            int length = Math.Min(word.Length - at, _longestPiece);
            int id = -1;
            while (length > 0 && !(at == 0 ? _words : _continuations).TryGetValue(word.Slice(at, length), out id))
            {
                length--;
            }

            known = length > 0;
            if (known)
            {
                spans.Add(new TokenSpan(id, text.Start(start + at), text.End(start + at + length - 1)));
                at += length;
            }
        }

        if (!known)
        {
            spans.RemoveRange(first, spans.Count - first);
            spans.Add(new TokenSpan(_unknown, text.Start(start), text.End(end - 1)));
        }
    }

    private static int CountRunes(ReadOnlySpan<char> word)
    {
        int count = 0;
        foreach (Rune _ in word.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
