using System.Runtime.InteropServices;

namespace Ratchet.Engine.Tokenization;

/// <summary>Merges the symbols of one piece, the best-ranked pair first, of equals the leftmost.</summary>
internal sealed class BytePairMerger
{
    // Up to here looking at all pairs again after each merge is quicker than a heap.
    private const int ScanMax = 40;

    private readonly Dictionary<long, (int Rank, int Id)> _merges;

    /// <param name="merges">Pairs, best first, as left spelling, a space, right spelling.</param>
    /// <param name="ids">Id of each spelling.</param>
    /// <exception cref="VocabularyException">A merge names a spelling that is no token.</exception>
    internal BytePairMerger(IReadOnlyList<string> merges, Dictionary<string, int> ids)
    {
        _merges = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            string merge = merges[rank];
            int space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            if (space < 0
                || !ids.TryGetValue(merge[..space], out int left)
                || !ids.TryGetValue(merge[(space + 1)..], out int right)
                || !ids.TryGetValue(string.Concat(merge.AsSpan(0, space), merge.AsSpan(space + 1)), out int merged))
            {
                throw new VocabularyException(
                    $"Merge {rank} is '{merge}'; both its halves and what they make must be tokens of the vocabulary.");
            }

            _merges.TryAdd(Key(left, right), (rank, merged));
        }
    }

    /// <summary>One symbol of a piece, in a doubly linked list that keeps the order of the text.</summary>
    internal struct Symbol
    {
        /// <summary>Token, or -1 where the symbol was merged into the one before it.</summary>
        internal int Id;

        /// <summary>Bytes of the piece that it covers.</summary>
        internal int Start, End;

        /// <summary>Neighbours that are left; -1 at the ends.</summary>
        internal int Previous, Next;
    }

    /// <summary>Merges until no pair is known; merged-away symbols have the id -1.</summary>
    internal void Merge(Span<Symbol> symbols)
    {
        if (symbols.Length <= ScanMax)
        {
            MergeByScan(symbols);
        }
        else
        {
            MergeByHeap(symbols);
        }
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    private static void Join(Span<Symbol> symbols, int left, int id)
    {
        int right = symbols[left].Next;
        symbols[left].Id = id;
        symbols[left].End = symbols[right].End;
        symbols[left].Next = symbols[right].Next;
        symbols[right].Id = -1;
        if (symbols[left].Next >= 0)
        {
            symbols[symbols[left].Next].Previous = left;
        }
    }

    private void MergeByScan(Span<Symbol> symbols)
    {
        while (true)
        {
            int best = -1;
            (int Rank, int Id) found = (int.MaxValue, -1);
            for (int i = symbols.Length > 0 ? 0 : -1; i >= 0 && symbols[i].Next >= 0; i = symbols[i].Next)
            {
                ref readonly (int Rank, int Id) merge = ref CollectionsMarshal.GetValueRefOrNullRef(
                    _merges, Key(symbols[i].Id, symbols[symbols[i].Next].Id));
                if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(in merge) && merge.Rank < found.Rank)
                {
                    (best, found) = (i, merge);
                }
            }

            if (best < 0)
            {
                return;
            }

            Join(symbols, best, found.Id);
        }
    }

    private void MergeByHeap(Span<Symbol> symbols)
    {
        // By rank, then by place; a pair that is no longer what it was when it was queued is passed over.
        var queue = new PriorityQueue<(int Left, long Pair), long>();
        for (int i = 0; symbols[i].Next >= 0; i = symbols[i].Next)
        {
            Queue(symbols, i);
        }

        while (queue.TryDequeue(out (int Left, long Pair) next, out _))
        {
            int left = next.Left;
            if (symbols[left].Id < 0 || symbols[left].Next < 0
                || Key(symbols[left].Id, symbols[symbols[left].Next].Id) != next.Pair)
            {
                continue;
            }

            Join(symbols, left, _merges[next.Pair].Id);
            Queue(symbols, left);
            if (symbols[left].Previous >= 0)
            {
                Queue(symbols, symbols[left].Previous);
            }
        }

        void Queue(Span<Symbol> list, int left)
        {
            if (list[left].Next >= 0)
            {
                long pair = Key(list[left].Id, list[list[left].Next].Id);
                if (_merges.TryGetValue(pair, out (int Rank, int Id) merge))
                {
                    queue.Enqueue((left, pair), ((long)merge.Rank << 32) | (uint)left);
                }
            }
        }
    }
}
