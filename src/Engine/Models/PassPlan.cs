using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Which rows of a pass belong to which sequence, and which rows share an adapter.</summary>
internal sealed unsafe class PassPlan(int tokensMax, CachePrecision cachePrecision) : IDisposable
{
    private readonly NativeBuffer _integers = new(2L * tokensMax * sizeof(int));
    private int[] _firstRows = new int[16];
    private int[] _order = new int[16];
    private AdapterGroup[] _groups = new AdapterGroup[16];
    private int _groupCount;
    private int _placed;
    private NativeBuffer _segments = new(16 * sizeof(AttentionSegment));

    /// <summary>Rows of the pass.</summary>
    public int TokenCount { get; private set; }

    /// <summary>How many of them, the first ones, are of prompts that are computed in numbers of their own; 0 where none are.</summary>
    public int PromptRowCount { get; private set; }

    /// <summary>How many of the pieces, the first ones of <see cref="Segments"/>, these rows are.</summary>
    public int PromptPieceCount { get; private set; }

    /// <summary>The largest rank of any adapter of the pass.</summary>
    public int RankMax { get; private set; }

    /// <summary>Whether an adapter of the pass has gains (DoRA).</summary>
    public bool HasMagnitudes { get; private set; }

    /// <summary>Token of each row.</summary>
    public int* Tokens => (int*)_integers.Pointer;

    /// <summary>Place of each row's token in its sequence.</summary>
    public int* Positions => (int*)_integers.Pointer + tokensMax;

    /// <summary>Runs of rows that share an adapter, all of one kind where prompts are apart; rows of the base are in none.</summary>
    public ReadOnlySpan<AdapterGroup> Groups => _groups.AsSpan(0, _groupCount);

    /// <summary>The adapter of a row's sequence, or null.</summary>
    public ILowRankAdapter? AdapterOf(int row)
    {
        foreach (ref readonly AdapterGroup group in Groups)
        {
            if (row >= group.FirstRow && row < group.FirstRow + group.RowCount)
            {
                return group.Adapter;
            }
        }

        return null;
    }

    /// <summary>First row of a piece, by the caller's order.</summary>
    public int FirstRow(int piece) => _firstRows[piece];

    /// <summary>Checks the pieces and gives each its rows: those of one adapter side by side.</summary>
    /// <param name="pieces">Of the pass.</param>
    /// <param name="config">The model's.</param>
    /// <param name="promptsApart">Puts all rows of prompts before those of sampled tokens.</param>
    public void Arrange(ReadOnlySpan<SequencePiece> pieces, ModelConfig config, bool promptsApart)
    {
        Grow(pieces.Length);
        Check(pieces, config);
        _groupCount = 0;
        RankMax = 0;
        HasMagnitudes = false;
        TokenCount = 0;
        PromptRowCount = 0;
        PromptPieceCount = 0;
        _placed = 0;
        if (promptsApart)
        {
            Arrange(pieces, isSampled: false);
            PromptRowCount = TokenCount;
            PromptPieceCount = _placed;
            Arrange(pieces, isSampled: true);
        }
        else
        {
            Arrange(pieces, isSampled: null);
        }
    }

    /// <summary>Appends the rows' keys and values to the caches of a layer, where those are single precision, and says what attends to what.</summary>
    public AttentionSegment* Segments(
        ReadOnlySpan<SequencePiece> pieces, int layer, float* query, float* key, float* value, float* attended, ModelConfig config)
    {
        var segments = (AttentionSegment*)_segments.Pointer;
        for (int i = 0; i < pieces.Length; i++)
        {
            int piece = _order[i];
            var cache = (KeyValueCache)pieces[piece].Cache;
            int tokens = pieces[piece].Tokens.Length;
            long firstRow = _firstRows[piece];
            float* keys = cache.Keys(layer);
            float* values = cache.Values(layer);
            bool areIntegers = cachePrecision == CachePrecision.Int16;
            for (int t = 0; t < tokens && !areIntegers; t++)
            {
                long from = (firstRow + t) * config.KeyValueSize;
                long place = cache.PlaceOf(cache.Length + t);
                for (int head = 0; head < config.KeyValueHeadCount; head++)
                {
                    long into = place + (head * cache.HeadFloats);
                    Copy(key + from + (head * config.HeadSize), keys + into, config.HeadSize);
                    Copy(value + from + (head * config.HeadSize), values + into, config.HeadSize);
                }
            }

            segments[i] = new AttentionSegment
            {
                Query = query + (firstRow * config.QuerySize),
                Key = keys,
                Value = values,
                Output = attended + (firstRow * config.QuerySize),
                QueryCount = tokens,
                KeyCount = cache.Length + tokens,
                KeyStride = cache.KeyStride,
                KeyHeadStride = cache.HeadFloats,
                KeysTogether = cache.BlockTokens,
                TogetherStride = cache.BlockFloats,
                AreIntegers = areIntegers,
                NewKey = areIntegers ? key + (firstRow * config.KeyValueSize) : null,
                NewValue = areIntegers ? value + (firstRow * config.KeyValueSize) : null,
            };
        }

        return segments;

        static void Copy(float* from, float* into, int count)
            => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(into, count));
    }

    /// <summary>The pass is done: its tokens count as seen.</summary>
    public void Commit(ReadOnlySpan<SequencePiece> pieces)
    {
        foreach (ref readonly SequencePiece piece in pieces)
        {
            ((KeyValueCache)piece.Cache).Advance(piece.Tokens.Length);
        }

        // Adapters may be unloaded between passes; this must not keep their memory.
        Array.Clear(_groups, 0, _groupCount);
        _groupCount = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _integers.Dispose();
        _segments.Dispose();
    }

    // Pieces of one kind, or of both. They are few (a batch of sequences): comparing each with those before costs less than any dictionary.
    private void Arrange(ReadOnlySpan<SequencePiece> pieces, bool? isSampled)
    {
        for (int i = 0; i < pieces.Length; i++)
        {
            bool isFirstOfItsAdapter = IsOfKind(pieces[i]);
            for (int j = 0; j < i && isFirstOfItsAdapter; j++)
            {
                isFirstOfItsAdapter = !IsOfKind(pieces[j]) || !ReferenceEquals(pieces[j].Adapter, pieces[i].Adapter);
            }

            if (!isFirstOfItsAdapter)
            {
                continue;
            }

            int firstRow = TokenCount;
            for (int j = i; j < pieces.Length; j++)
            {
                if (IsOfKind(pieces[j]) && ReferenceEquals(pieces[j].Adapter, pieces[i].Adapter))
                {
                    _order[_placed++] = j;
                    Place(pieces[j], j);
                }
            }

            if (pieces[i].Adapter is { } adapter)
            {
                _groups[_groupCount++] = new AdapterGroup(adapter, firstRow, TokenCount - firstRow);
                RankMax = Math.Max(RankMax, adapter.RankMax);
                HasMagnitudes |= adapter.HasMagnitudes;
            }
        }

        bool IsOfKind(in SequencePiece piece) => isSampled is null || piece.IsSampled == isSampled;
    }

    private void Place(in SequencePiece piece, int index)
    {
        _firstRows[index] = TokenCount;
        ReadOnlySpan<int> tokens = piece.Tokens.Span;
        for (int t = 0; t < tokens.Length; t++)
        {
            Tokens[TokenCount + t] = tokens[t];
            Positions[TokenCount + t] = piece.Cache.Length + t;
        }

        TokenCount += tokens.Length;
    }

    private void Check(ReadOnlySpan<SequencePiece> pieces, ModelConfig config)
    {
        long total = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            ref readonly SequencePiece piece = ref pieces[i];
            total += piece.Tokens.Length;
            if (piece.Tokens.IsEmpty)
            {
                throw new ArgumentException($"Piece {i} has no tokens; needed is at least one.", nameof(pieces));
            }

            if (piece.Cache is not KeyValueCache cache || !cache.Fits(config))
            {
                throw new ArgumentException($"The cache of piece {i} was not made for this model.", nameof(pieces));
            }

            if (cache.Precision != cachePrecision)
            {
                throw new ArgumentException(
                    $"The cache of piece {i} holds {cache.Precision}; this runner reads {cachePrecision}. Take one that it has made.", nameof(pieces));
            }

            if (cache.Length + piece.Tokens.Length > cache.Capacity)
            {
                throw new ArgumentException(
                    $"Piece {i} brings {piece.Tokens.Length} tokens; its cache holds {cache.Length} of {cache.Capacity}.", nameof(pieces));
            }

            // Positions with embeddings of their own end where the table does.
            if (config.Rotary is null && cache.Length + piece.Tokens.Length > config.ContextLength)
            {
                throw new ArgumentException(
                    $"Piece {i} reaches token {cache.Length + piece.Tokens.Length}; the model has {config.ContextLength} positions.", nameof(pieces));
            }

            for (int j = 0; j < i; j++)
            {
                if (ReferenceEquals(pieces[j].Cache, cache))
                {
                    throw new ArgumentException($"Pieces {j} and {i} share a cache; a pass may extend it once.", nameof(pieces));
                }
            }

            CheckIds(piece.Tokens.Span, 0, config.VocabularySize);
            CheckIds(piece.Targets.Span, -1, config.VocabularySize);
        }

        if (total > tokensMax)
        {
            throw new ArgumentException($"The pieces have {total} tokens together; a pass takes {tokensMax}.", nameof(pieces));
        }
    }

    private static void CheckIds(ReadOnlySpan<int> ids, int least, int end)
    {
        foreach (int id in ids)
        {
            if (id < least || id >= end)
            {
                throw new ArgumentException($"Token {id} does not exist; the vocabulary has {end}.", nameof(ids));
            }
        }
    }

    private void Grow(int pieces)
    {
        if (pieces > _order.Length)
        {
            Array.Resize(ref _order, pieces);
            Array.Resize(ref _firstRows, pieces);
            Array.Resize(ref _groups, pieces);
            _segments.Dispose();
            _segments = new NativeBuffer((long)pieces * sizeof(AttentionSegment));
        }
    }

    /// <summary>Rows side by side that share an adapter.</summary>
    internal readonly record struct AdapterGroup(ILowRankAdapter Adapter, int FirstRow, int RowCount);
}
