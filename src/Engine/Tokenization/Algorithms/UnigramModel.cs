using System.Buffers;
using System.Text;

namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>The cut of a text into pieces whose scores add up to the most.</summary>
/// <remarks>
/// Kudo 2018, https://arxiv.org/abs/1804.10959; Viterbi, unknown characters at the lowest score less 10, and single precision
/// as in https://github.com/google/sentencepiece.
/// </remarks>
internal sealed class UnigramModel : ITokenModel
{
    private const char Mark = '▁';
    private const float UnknownPenalty = 10;

    private readonly Dictionary<long, int> _edges = [];
    private readonly List<int> _idOfNode = [-1];
    private readonly float[] _scores;
    private readonly float _unknownScore;
    private readonly int _unknown;
    private readonly int[]? _byteTokens;
    private readonly bool _cutsAtMarks;
    private readonly PieceCache _cache = new();

    /// <param name="vocabulary">The pieces.</param>
    /// <param name="scores">Score of each piece, the logarithm of how likely it is.</param>
    /// <param name="isPiece">Which tokens text may be cut into: not control tokens, bytes and the unknown.</param>
    /// <param name="unknown">Token of characters that are in no piece.</param>
    /// <param name="fallsBackToBytes">Whether such characters become the tokens of their bytes.</param>
    internal UnigramModel(Vocabulary vocabulary, float[] scores, Func<int, bool> isPiece, int unknown, bool fallsBackToBytes)
    {
        _scores = scores;
        _unknown = unknown;
        _byteTokens = fallsBackToBytes ? vocabulary.ByteTokens() : null;
        _cutsAtMarks = vocabulary.Find([Mark]) is >= 0 and int mark && isPiece(mark);
        float least = float.MaxValue;
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary[id] is not { Length: > 0 } piece || !isPiece(id))
            {
                continue;
            }

            least = Math.Min(least, scores[id]);
            int last = piece.LastIndexOf(Mark);
            _cutsAtMarks &= last <= 0 || !piece.AsSpan(0, last).ContainsAnyExcept(Mark);
            Insert(piece, id);
        }

        _unknownScore = least - UnknownPenalty;
    }

    public void Encode(NormalizedText text, int start, int length, TokenWriter output)
    {
        if (!_cutsAtMarks)
        {
            Word(text, start, length, output);
            return;
        }

        // No piece holds a mark after another character: the best cut of the whole is that of its words.
        ReadOnlySpan<char> chars = text.Chars.Slice(start, length);
        for (int from = 0; from < length;)
        {
            int to = from + chars[from..].IndexOfAnyExcept(Mark);
            int next = to < from ? -1 : chars[to..].IndexOf(Mark);
            to = next < 0 ? length : to + next;
            Word(text, start + from, to - from, output);
            from = to;
        }
    }

    private static long Edge(int node, char unit) => ((long)node << 16) | unit;

    private void Insert(string piece, int id)
    {
        int node = 0;
        foreach (char unit in piece)
        {
            if (!_edges.TryGetValue(Edge(node, unit), out int next))
            {
                next = _idOfNode.Count;
                _idOfNode.Add(-1);
                _edges.Add(Edge(node, unit), next);
            }

            node = next;
        }

        _idOfNode[node] = id;
    }

    private void Word(NormalizedText text, int start, int length, TokenWriter output)
    {
        ReadOnlySpan<char> word = text.Chars.Slice(start, length);
        if (_cache.TryWrite(text, start, length, output))
        {
            return;
        }

        int from = output.Count;
        Arrival[] best = ArrayPool<Arrival>.Shared.Rent(length + 1);
        Search(word, best);

        // Backwards along the best way, then forwards in place: what comes next is written over where it came from.
        int end = length;
        int next = -1;
        while (end > 0)
        {
            int before = best[end].From;
            best[end].From = next;
            (next, end) = (end, before);
        }

        bool wasUnknown = false;
        for (int at = 0; next > 0; next = best[next].From)
        {
            Write(text, start + at, start + next, best[next].Id, ref wasUnknown, output);
            at = next;
        }

        ArrayPool<Arrival>.Shared.Return(best);
        _cache.Keep(text, start, length, output, from);
    }

    private void Search(ReadOnlySpan<char> word, Arrival[] best)
    {
        best.AsSpan(0, word.Length + 1).Fill(new Arrival { From = -1 });
        for (int at = 0; at < word.Length;)
        {
            int size = char.IsHighSurrogate(word[at]) && at + 1 < word.Length ? 2 : 1;
            float score = best[at].Score;
            bool hasSingle = false;
            int node = 0;
            for (int end = at; end < word.Length && _edges.TryGetValue(Edge(node, word[end]), out node); end++)
            {
                int id = _idOfNode[node];
                if (id >= 0)
                {
                    Arrive(ref best[end + 1], at, id, score + _scores[id]);
                    hasSingle |= end + 1 - at == size;
                }
            }

            if (!hasSingle)
            {
                Arrive(ref best[at + size], at, _unknown, score + _unknownScore);
            }

            at += size;
        }
    }

    private static void Arrive(ref Arrival place, int from, int id, float score)
    {
        if (place.From < 0 || score > place.Score)
        {
            place = new Arrival { From = from, Id = id, Score = score };
        }
    }

    private void Write(NormalizedText text, int start, int end, int id, ref bool wasUnknown, TokenWriter output)
    {
        if (id != _unknown)
        {
            output.Add(id, text, start, end);
            wasUnknown = false;
        }
        else if (_byteTokens is not null)
        {
            Span<byte> bytes = stackalloc byte[4];
            foreach (byte value in bytes[..Encoding.UTF8.GetBytes(text.Chars[start..end], bytes)])
            {
                output.Add(_byteTokens[value], text, start, end);
            }
        }
        else if (wasUnknown)
        {
            output.Widen(text, end);
        }
        else
        {
            output.Add(id, text, start, end);
            wasUnknown = true;
        }
    }

    // The best way to a place: where its last piece began, which piece, and the sum up to here.
    private struct Arrival
    {
        internal int From;
        internal int Id;
        internal float Score;
    }
}
