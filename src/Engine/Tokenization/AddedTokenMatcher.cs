using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private static readonly Comparer<string> ByFirstThenLongest = Comparer<string>.Create(
        static (one, other) => one[0] != other[0] ? one[0].CompareTo(other[0]) : other.Length.CompareTo(one.Length));

    // By their first character; of those that share it the longest first.
    private readonly AddedToken[] _tokens;
    private SearchValues<string>? _search;

    internal AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        // Of two that are spelt alike the one named first is meant: the order must be a stable one.
        _tokens = [.. tokens.Where(token => token.Text.Length > 0).OrderBy(token => token.Text, ByFirstThenLongest)];
    }

    internal bool IsEmpty => _tokens.Length == 0;

    // Made when first asked for: most matchers of a tokenizer never are.
    private SearchValues<string> Search
        => _search ??= SearchValues.Create(Array.ConvertAll(_tokens, static token => token.Text), StringComparison.Ordinal);

    /// <summary>Finds the first token at or after <paramref name="from"/>.</summary>
    /// <param name="text">The whole text, so that neighbours can be seen.</param>
    /// <param name="from">What lies before is taken already.</param>
    /// <param name="start">Where the token begins, with white space that goes with it.</param>
    /// <param name="length">Its units, with white space that goes with it.</param>
    /// <param name="id">The token.</param>
    internal bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length, out int id)
    {
        int at = from;
        while (!IsEmpty && text[at..].IndexOfAny(Search) is >= 0 and int distance)
        {
            at += distance;
            AddedToken token = Longest(text, at);
            int end = at + token.Text.Length;
            if (token.IsSingleWord && (IsWordBefore(text, at) || IsWordAt(text, end)))
            {
                // As the reference goes on: behind the token that was passed over.
                at = end;
                continue;
            }

            start = at;
            while (token.StripsLeft && start > from && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            (length, id) = (end - start, token.Id);
            return true;
        }

        (start, length, id) = (-1, 0, -1);
        return false;
    }

    private AddedToken Longest(ReadOnlySpan<char> text, int at)
    {
        int from = 0;
        for (int to = _tokens.Length; from < to;)
        {
            int middle = (from + to) / 2;
            (from, to) = _tokens[middle].Text[0] < text[at] ? (middle + 1, to) : (from, middle);
        }

        for (; from < _tokens.Length; from++)
        {
            if (text[at..].StartsWith(_tokens[from].Text, StringComparison.Ordinal))
            {
                return _tokens[from];
            }
        }

        throw new InvalidOperationException("A token that was found by its text is not there.");
    }

    private static bool IsWordBefore(ReadOnlySpan<char> text, int at) =>
        at > 0 && Rune.DecodeLastFromUtf16(text[..at], out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWordAt(ReadOnlySpan<char> text, int at) =>
        at < text.Length && Rune.DecodeFromUtf16(text[at..], out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    // \w: letters, marks, decimal digits, connectors.
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
