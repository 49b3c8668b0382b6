using System.Collections.Concurrent;

namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>Ids of pieces that were seen before: words come back again and again.</summary>
/// <remarks>Long pieces do not come back and are not kept; a limit keeps strangers from filling the memory.</remarks>
internal sealed class PieceCache
{
    private const int PieceLengthMax = 48;
    private const int PiecesMax = 1 << 16;

    private readonly ConcurrentDictionary<string, Entry> _pieces = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private int _count;

    internal PieceCache() => _bySpan = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Ids of a piece, and where each begins and ends in it, known once somebody asked for places.</summary>
    private sealed record Entry(int[] Ids, (byte Start, byte End)[]? Places);

    internal bool TryWrite(NormalizedText text, int start, int length, TokenWriter output)
    {
        if (length > PieceLengthMax || !_bySpan.TryGetValue(text.Chars.Slice(start, length), out Entry? entry))
        {
            return false;
        }

        if (!output.Tracks)
        {
            output.AddAll(entry.Ids);
            return true;
        }

        for (int i = 0; i < entry.Places?.Length; i++)
        {
            output.Add(entry.Ids[i], text, start + entry.Places[i].Start, start + entry.Places[i].End);
        }

        return entry.Places is not null;
    }

    /// <summary>Keeps what was written for a piece.</summary>
    /// <param name="text">The text that the piece is a part of.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">Its units.</param>
    /// <param name="output">Where its ids were written.</param>
    /// <param name="from">Where they begin.</param>
    internal void Keep(NormalizedText text, int start, int length, TokenWriter output, int from)
    {
        if (length > PieceLengthMax || (Volatile.Read(ref _count) >= PiecesMax && !output.Tracks))
        {
            return;
        }

        ReadOnlySpan<char> piece = text.Chars.Slice(start, length);
        var entry = new Entry(output.Ids[from..].ToArray(), output.Tracks ? output.PlacesIn(start, from) : null);
        if (_bySpan.ContainsKey(piece))
        {
            _bySpan[piece] = entry;
        }
        else if (Volatile.Read(ref _count) < PiecesMax && _bySpan.TryAdd(piece, entry))
        {
            _ = Interlocked.Increment(ref _count);
        }
    }
}
