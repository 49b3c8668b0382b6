using System.Buffers;

namespace Ratchet.Engine.Tokenization;

/// <summary>Finds the spellings of given tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class TokenMatcher
{
    private readonly SearchValues<string> _search;
    private readonly Dictionary<char, (string Text, int Id)[]> _byFirst;

    internal TokenMatcher(IEnumerable<(string Text, int Id)> tokens)
    {
        (string Text, int Id)[] all = [.. tokens.Where(token => token.Text.Length > 0)];
        IsEmpty = all.Length == 0;
        _search = SearchValues.Create([.. all.Select(token => token.Text)], StringComparison.Ordinal);
        _byFirst = all
            .GroupBy(token => token.Text[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Text.Length).ToArray());
    }

    internal bool IsEmpty { get; }

    internal bool TryFind(ReadOnlySpan<char> text, out int start, out int length, out int id)
    {
        start = IsEmpty ? -1 : text.IndexOfAny(_search);
        if (start >= 0)
        {
            foreach ((string token, int tokenId) in _byFirst[text[start]])
            {
                if (text[start..].StartsWith(token, StringComparison.Ordinal))
                {
                    (length, id) = (token.Length, tokenId);
                    return true;
                }
            }
        }

        (start, length, id) = (-1, 0, -1);
        return false;
    }
}
