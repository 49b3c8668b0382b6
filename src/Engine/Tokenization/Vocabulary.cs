using System.Numerics;

namespace Ratchet.Engine.Tokenization;

/// <summary>The spellings of a vocabulary; a spelling's place is its id. Places that stand for nothing hold null.</summary>
internal sealed class Vocabulary
{
    /// <summary>Most tokens that any vocabulary may have: four times the largest that is published.</summary>
    internal const int TokensMax = 1 << 20;

    private readonly string?[] _tokens;

    // Open addressing by the hash of the spelling: what a place holds is an id, or -1. A dictionary of the runtime's would be
    // compiled anew in every process, and looked up in a hundred thousand times before that is done.
    private readonly int[] _places;
    private readonly int[] _hashes;

    internal Vocabulary(string?[] tokens)
    {
        _tokens = tokens;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(tokens.Length * 2, 4));
        _places = new int[size];
        _hashes = new int[size];
        Array.Fill(_places, -1);
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is { } token)
            {
                int hash = string.GetHashCode(token);
                int place = PlaceOf(token, hash);
                if (_places[place] < 0)
                {
                    _places[place] = id;
                    _hashes[place] = hash;
                }
            }
        }
    }

    internal int Size => _tokens.Length;

    internal string? this[int id] => _tokens[id];

    /// <summary>Id of a spelling, or -1; of equal spellings the first.</summary>
    internal int Find(ReadOnlySpan<char> spelling) => _places[PlaceOf(spelling, string.GetHashCode(spelling))];

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

    // Where a spelling is, or would be.
    private int PlaceOf(ReadOnlySpan<char> spelling, int hash)
    {
        int place = hash & (_places.Length - 1);
        while (_places[place] >= 0 && !(_hashes[place] == hash && spelling.SequenceEqual(_tokens[_places[place]])))
        {
            place = (place + 1) & (_places.Length - 1);
        }

        return place;
    }
}
