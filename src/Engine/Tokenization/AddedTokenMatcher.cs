using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly SearchValues<string> _search;
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    internal AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] all = [.. tokens.Where(token => token.Text.Length > 0)];
        IsEmpty = all.Length == 0;
        _search = SearchValues.Create([.. all.Select(token => token.Text)], StringComparison.Ordinal);
        _byFirst = all
            .GroupBy(token => token.Text[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Text.Length).ToArray());
    }

    internal bool IsEmpty { get; }

    /// <summary>Finds the first token at or after <paramref name="from"/>.</summary>
    /// <param name="text">The whole text, so that neighbours can be seen.</param>
    /// <param name="from">What lies before is taken already.</param>
    /// <param name="start">Where the token begins, with white space that goes with it.</param>
    /// <param name="length">Its units, with white space that goes with it.</param>
    /// <param name="id">The token.</param>
    internal bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length, out int id)
    {
        int at = from;
        while (!IsEmpty && text[at..].IndexOfAny(_search) is >= 0 and int distance)
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
        foreach (AddedToken token in _byFirst[text[at]])
        {
            if (text[at..].StartsWith(token.Text, StringComparison.Ordinal))
            {
                return token;
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
