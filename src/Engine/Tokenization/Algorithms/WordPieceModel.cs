using System.Text;

namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>WordPiece, as BERT uses it: the longest piece of the vocabulary that fits, then the next.</summary>
/// <remarks>Source: https://github.com/google-research/bert/blob/master/tokenization.py.</remarks>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _words;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;
    private readonly int _longestPiece;
    private readonly int _unknown;
    private readonly int _wordLengthMax;
    private readonly PieceCache _cache = new();

    /// <param name="words">Pieces that begin a word.</param>
    /// <param name="continuations">Pieces that go on with one, without their prefix.</param>
    /// <param name="unknown">Token of a word that has no pieces.</param>
    /// <param name="wordLengthMax">A longer word is unknown, in code points.</param>
    internal WordPieceModel(Dictionary<string, int> words, Dictionary<string, int> continuations, int unknown, int wordLengthMax = 100)
    {
        _words = words.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
        _longestPiece = words.Keys.Concat(continuations.Keys).Select(piece => piece.Length).DefaultIfEmpty(1).Max();
        _unknown = unknown;
        _wordLengthMax = wordLengthMax;
    }

    public void Encode(NormalizedText text, int start, int length, TokenWriter output)
    {
        ReadOnlySpan<char> word = text.Chars.Slice(start, length);
        if (_cache.TryWrite(text, start, length, output))
        {
            return;
        }

        // Found first and written then: a word with a part that is in no piece is unknown as a whole.
        Span<(int Id, int End)> found = length <= 128 ? stackalloc (int, int)[length] : new (int, int)[length];
        int count = 0;
        int at = 0;
        bool known = length <= _wordLengthMax || CountRunes(word) <= _wordLengthMax;
        while (known && at < length)
        {
            int size = Math.Min(length - at, _longestPiece);
            int id = -1;
            while (size > 0 && !(at == 0 ? _words : _continuations).TryGetValue(word.Slice(at, size), out id))
            {
                size--;
            }

            known = size > 0;
            at += size;
            if (known)
            {
                found[count++] = (id, at);
            }
        }

        int from = output.Count;
        if (known)
        {
            int begin = 0;
            foreach ((int id, int end) in found[..count])
            {
                output.Add(id, text, start + begin, start + end);
                begin = end;
            }
        }
        else
        {
            output.Add(_unknown, text, start, start + length);
        }

        _cache.Keep(text, start, length, output, from);
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
