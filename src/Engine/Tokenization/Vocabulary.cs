namespace Ratchet.Engine.Tokenization;

/// <summary>The spellings of a vocabulary; a spelling's place is its id. Places that stand for nothing hold null.</summary>
internal sealed class Vocabulary
{
    /// <summary>Most tokens that any vocabulary may have: four times the largest that is published.</summary>
    internal const int TokensMax = 1 << 20;

    private readonly string?[] _tokens;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    internal Vocabulary(string?[] tokens)
    {
        _tokens = tokens;
        _ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is { } token)
            {
                _ = _ids.TryAdd(token, id);
            }
        }

        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    internal int Size => _tokens.Length;

    internal string? this[int id] => _tokens[id];

    /// <summary>Id of a spelling, or -1.</summary>
    internal int Find(ReadOnlySpan<char> spelling) => _bySpan.TryGetValue(spelling, out int id) ? id : -1;

    /// <summary>Ids of the tokens that stand for one byte each, by byte; null where one is missing.</summary>
    internal int[]? ByteTokens()
    {
        int[] ids = new int[256];
        for (int value = 0; value < 256; value++)
        {
            ids[value] = Find($"<0x{value:X2}>");
            if (ids[value] < 0)
            {
                return null;
            }
        }

        return ids;
    }

    /// <summary>Makes a vocabulary of pairs in any order; ids may leave holes, but few.</summary>
    /// <exception cref="VocabularyException">An id is used twice, or is far beyond the number of tokens.</exception>
    internal static string?[] Arrange(IReadOnlyCollection<(string Token, int Id)> pairs)
    {
        int limit = Math.Min(TokensMax, (pairs.Count * 2) + 1024);
        int size = 0;
        foreach ((string token, int id) in pairs)
        {
            if (id < 0 || id >= limit)
            {
                throw new VocabularyException(
                    $"The token '{token}' has the id {id}; with {pairs.Count:N0} tokens ids from 0 to {limit - 1:N0} are taken.");
            }

            size = Math.Max(size, id + 1);
        }

        string?[] tokens = new string?[size];
        foreach ((string token, int id) in pairs)
        {
            if (tokens[id] is { } other && other != token)
            {
                throw new VocabularyException($"The tokens '{other}' and '{token}' both have the id {id}; each id stands for one token.");
            }

            tokens[id] = token;
        }

        return tokens;
    }
}
