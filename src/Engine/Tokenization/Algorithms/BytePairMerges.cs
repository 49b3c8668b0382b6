namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>Merges the symbols of one piece, the best-ranked pair first, of equals the leftmost.</summary>
internal sealed class BytePairMerges
{
    // Up to here looking at all pairs again after each merge is quicker than a heap.
    private const int ScanMax = 24;

    private readonly PairTable _merges;

    private BytePairMerges(PairTable merges) => _merges = merges;

    /// <summary>Tokens that merges make.</summary>
    internal IEnumerable<int> Results => _merges.Results;

    /// <summary>One symbol of a piece, in a doubly linked list that keeps the order of the text.</summary>
    internal struct Symbol
    {
        /// <summary>Token, or a number that no merge knows.</summary>
        internal int Id;

        /// <summary>Units of the piece that it covers; from 0 to 0 where it was merged into the one before it.</summary>
        internal int Start, End;

        /// <summary>Neighbours that are left; -1 at the ends.</summary>
        internal int Previous, Next;
    }

    /// <summary>Merges as files list them.</summary>
    /// <param name="merges">Pairs of spellings, best first.</param>
    /// <param name="vocabulary">Ids of the spellings.</param>
    /// <exception cref="VocabularyException">A merge names a spelling that is no token.</exception>
    internal static BytePairMerges Of(IReadOnlyList<(string Left, string Right)> merges, Vocabulary vocabulary)
    {
        var table = new PairTable(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            int leftId = vocabulary.Find(left);
            int rightId = vocabulary.Find(right);
            int merged = vocabulary.Find(left + right);
            if (leftId < 0 || rightId < 0 || merged < 0)
            {
                throw new VocabularyException(
                    $"Merge {rank} is '{left} {right}'; both its halves and what they make must be tokens of the vocabulary.");
            }

            // The field's readers let a later line take the place of an earlier one of the same pair.
            table.Set(PairTable.Pair(leftId, rightId), rank, merged);
        }

        return new(table);
    }

    /// <summary>Takes lines of two spellings with a space between them apart.</summary>
    /// <exception cref="VocabularyException">A line does not have two spellings.</exception>
    internal static (string Left, string Right)[] Parse(IReadOnlyList<string> lines, int firstRank = 0)
    {
        var pairs = new (string, string)[lines.Count];
        for (int rank = 0; rank < pairs.Length; rank++)
        {
            string line = lines[rank];
            int space = line.Length > 1 ? line.IndexOf(' ', 1) : -1;
            pairs[rank] = space > 0 && space < line.Length - 1
                ? (line[..space], line[(space + 1)..])
                : throw new VocabularyException($"Merge {firstRank + rank} is '{line}'; two spellings with a space between them are needed.");
        }

        return pairs;
    }

    /// <summary>SentencePiece's rule: any two neighbours merge that make a piece, the piece of the highest score first.</summary>
    /// <param name="vocabulary">Ids of the pieces.</param>
    /// <param name="scores">Score of each piece.</param>
    /// <param name="merges">Which pieces may come from a merge.</param>
    /// <param name="letters">
    /// Numbers for characters that are parts of pieces without being pieces; receives those that are needed, from the
    /// vocabulary's size on.
    /// </param>
    internal static BytePairMerges OfScores(
        Vocabulary vocabulary, IReadOnlyList<float> scores, Func<int, bool> merges, Dictionary<string, int> letters)
    {
        var table = new PairTable(vocabulary.Size);
        int[] ids = [.. Enumerable.Range(0, vocabulary.Size).Where(id => vocabulary[id] is not null && merges(id))];
        int[] ranks = Ranks(ids, scores, vocabulary.Size);
        foreach (int id in ids)
        {
            string piece = vocabulary[id]!;
            for (int cut = 1; cut < piece.Length; cut++)
            {
                if (!char.IsLowSurrogate(piece[cut])
                    && Find(piece[..cut]) is { } left && Find(piece[cut..]) is { } right)
                {
                    table.Set(PairTable.Pair(left, right), ranks[id], id);
                }
            }
        }

        return new(table);

        int? Find(string part)
        {
            if (vocabulary.Find(part) is >= 0 and int id && merges(id))
            {
                return id;
            }

            bool isLetter = part.Length == 1 || (part.Length == 2 && char.IsHighSurrogate(part[0]));
            if (!isLetter)
            {
                return null;
            }

            if (!letters.TryGetValue(part, out int number))
            {
                number = vocabulary.Size + letters.Count;
                letters.Add(part, number);
            }

            return number;
        }
    }

    /// <summary>Merges until no pair is known. What was merged away is no longer in the list that begins at symbol 0.</summary>
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

    private static int[] Ranks(int[] ids, IReadOnlyList<float> scores, int size)
    {
        // Equal scores are equal ranks: between them the leftmost goes first.
        int[] ranks = new int[size];
        int[] byScore = [.. ids.OrderByDescending(id => scores[id])];
        for (int place = 1; place < byScore.Length; place++)
        {
            ranks[byScore[place]] = ranks[byScore[place - 1]] + (scores[byScore[place]].Equals(scores[byScore[place - 1]]) ? 0 : 1);
        }

        return ranks;
    }

    private static void Join(Span<Symbol> symbols, int left, int id)
    {
        int right = symbols[left].Next;
        symbols[left].Id = id;
        symbols[left].End = symbols[right].End;
        symbols[left].Next = symbols[right].Next;
        symbols[right].End = symbols[right].Start = 0;
        if (symbols[left].Next >= 0)
        {
            symbols[symbols[left].Next].Previous = left;
        }
    }

    private void MergeByScan(Span<Symbol> symbols)
    {
        // The rank of each pair is looked up once, and again only beside a merge.
        Span<(int Rank, int Id)> pairs = stackalloc (int, int)[ScanMax];
        for (int i = 0; i < symbols.Length; i++)
        {
            pairs[i] = Look(symbols, i);
        }

        while (true)
        {
            int best = -1;
            int rank = int.MaxValue;
            for (int i = symbols.Length > 0 ? 0 : -1; i >= 0; i = symbols[i].Next)
            {
                if (pairs[i].Rank < rank)
                {
                    (best, rank) = (i, pairs[i].Rank);
                }
            }

            if (best < 0)
            {
                return;
            }

            Join(symbols, best, pairs[best].Id);
            pairs[best] = Look(symbols, best);
            if (symbols[best].Previous >= 0)
            {
                pairs[symbols[best].Previous] = Look(symbols, symbols[best].Previous);
            }
        }
    }

    private (int Rank, int Id) Look(Span<Symbol> symbols, int left)
    {
        if (symbols[left].Next < 0)
        {
            return (int.MaxValue, -1);
        }

        _ = _merges.TryFind(PairTable.Pair(symbols[left].Id, symbols[symbols[left].Next].Id), out int rank, out int id);
        return (rank, id);
    }

    private void MergeByHeap(Span<Symbol> symbols)
    {
        // By rank, then by place; a pair that is no longer what it was when it was queued is passed over.
        var queue = new PriorityQueue<(int Left, long Pair), long>(symbols.Length);
        for (int i = 0; symbols[i].Next >= 0; i = symbols[i].Next)
        {
            Queue(symbols, i);
        }

        while (queue.TryDequeue(out (int Left, long Pair) next, out _))
        {
            int left = next.Left;
            if (symbols[left].End == 0 || symbols[left].Next < 0
                || PairTable.Pair(symbols[left].Id, symbols[symbols[left].Next].Id) != next.Pair)
            {
                continue;
            }

            _ = _merges.TryFind(next.Pair, out _, out int id);
            Join(symbols, left, id);
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
                long pair = PairTable.Pair(list[left].Id, list[list[left].Next].Id);
                if (_merges.TryFind(pair, out int rank, out _))
                {
                    queue.Enqueue((left, pair), ((long)rank << 32) | (uint)left);
                }
            }
        }
    }
}
