using System.Collections.Concurrent;

namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>Ids of pieces that were seen before: words come back again and again.</summary>
/// <remarks>Long pieces do not come back and are not kept; a limit keeps strangers from filling the memory.</remarks>
internal sealed class PieceCache
{
    private const int PieceLengthMax = 48;
    private const int PiecesMax = 1 << 16;

    private readonly ConcurrentDictionary<string, int[]> _pieces = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private int _count;

    internal PieceCache() => _bySpan = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();

    internal bool TryWrite(ReadOnlySpan<char> piece, TokenWriter output)
    {
        if (output.Tracks || piece.Length > PieceLengthMax || !_bySpan.TryGetValue(piece, out int[]? ids))
        {
            return false;
        }

        output.AddAll(ids);
        return true;
    }

    /// <summary>Keeps what was written for a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="output">Where it was written.</param>
    /// <param name="from">Where the piece's ids begin.</param>
    internal void Keep(ReadOnlySpan<char> piece, TokenWriter output, int from)
    {
        if (!output.Tracks && piece.Length <= PieceLengthMax && Volatile.Read(ref _count) < PiecesMax
            && _bySpan.TryAdd(piece, output.Ids[from..].ToArray()))
        {
            _ = Interlocked.Increment(ref _count);
        }
    }
}
