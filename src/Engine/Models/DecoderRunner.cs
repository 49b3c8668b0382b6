using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>The managed <see cref="IInferenceBackend"/>: prefill and decode of several sequences in one pass over the weights.</summary>
/// <remarks>
/// Rows of a pass are grouped by adapter, so that an adapter's factors are read once a layer. Memory is allocated when the runner is made
/// and when more logits are asked for than ever before; a pass allocates nothing.
/// </remarks>
public sealed unsafe partial class DecoderRunner : IInferenceBackend
{
    /// <summary>The state that <see cref="HiddenObserver"/> is told after the last block, before the final norm.</summary>
    internal const int LastBlock = -1;

    private const int ScoreRows = 64;

    private readonly DecoderModel _model;
    private readonly Precision _precision;
    private readonly Precision _promptPrecision;
    private readonly CachePrecision _cachePrecision;
    private readonly PassPlan _plan;
    private readonly FloatArena _arena = new();
    private readonly long _x;
    private readonly long _norm;
    private readonly long _query;
    private readonly long _key;
    private readonly long _value;
    private readonly long _attended;
    private readonly long _gate;
    private readonly long _up;
    private readonly long _fused;
    private readonly long _lowRank;
    private readonly long _cosine;
    private readonly long _sine;
    private readonly long _picked;
    private NativeBuffer? _logits;
    private int _lowRankMax;
    private NativeBuffer? _lowRankMemory;
    private NativeBuffer? _directions;

    /// <summary>Allocates the working memory of a pass.</summary>
    /// <param name="model">Shared, not owned.</param>
    /// <param name="precision">In which numbers products with weights are computed.</param>
    /// <param name="tokensMax">Tokens of one pass, all pieces together.</param>
    /// <param name="promptPrecision">The same for tokens that are read and not sampled, all layers but the head; null for <paramref name="precision"/>.</param>
    /// <param name="cachePrecision">Of keys and values; null for 16-bit integers where <paramref name="precision"/> is int8, single precision elsewhere.</param>
    public DecoderRunner(
        DecoderModel model, Precision precision, int tokensMax, Precision? promptPrecision = null, CachePrecision? cachePrecision = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensMax, 1);
        _model = model;
        _precision = precision;
        _promptPrecision = promptPrecision ?? precision;
        _cachePrecision = cachePrecision ?? PrecisionSetting.ReadForCaches(PrecisionSetting.Auto, precision);
        TokensMax = tokensMax;
        ModelConfig config = model.Config;
        _plan = new PassPlan(tokensMax, _cachePrecision);
        _x = _arena.Reserve((long)tokensMax * config.HiddenSize);
        _norm = _arena.Reserve((long)tokensMax * config.HiddenSize);
        _query = _arena.Reserve((long)tokensMax * config.QuerySize);
        _key = _arena.Reserve((long)tokensMax * config.KeyValueSize);
        _value = _arena.Reserve((long)tokensMax * config.KeyValueSize);
        _attended = _arena.Reserve((long)tokensMax * config.QuerySize);
        _gate = _arena.Reserve((long)tokensMax * config.FeedForwardSize);
        _up = _arena.Reserve((long)tokensMax * config.FeedForwardSize);
        _fused = _arena.Reserve((long)tokensMax * FusedSize(model));
        _lowRankMax = 64;
        _lowRank = _arena.Reserve((long)tokensMax * _lowRankMax);
        int half = config.Rotary is { } rotary ? rotary.Size / 2 : 0;
        _cosine = _arena.Reserve((long)tokensMax * half);
        _sine = _arena.Reserve((long)tokensMax * half);
        _picked = _arena.Reserve((long)tokensMax * config.HiddenSize);
        _arena.At(0);
    }

    /// <inheritdoc/>
    public ModelConfig Config => _model.Config;

    /// <inheritdoc/>
    public int TokensMax { get; }

    /// <inheritdoc/>
    public bool ComputesPromptsApart => _promptPrecision != _precision;

    /// <inheritdoc/>
    public int LogitRowCount { get; private set; }

    /// <summary>Called after the embedding (0), after each block but the last, after the last (-1), and after the final norm, with all rows; for tests.</summary>
    internal Action<int, ReadOnlySpan<float>>? HiddenObserver { get; set; }

    /// <inheritdoc/>
    public ISequenceCache CreateCache(int capacity) => new KeyValueCache(_model.Config, capacity, _cachePrecision);

    /// <inheritdoc/>
    public long CacheBytesOf(int capacity) => KeyValueCache.BytesOf(_model.Config, capacity, _cachePrecision);

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<SequencePiece> pieces)
    {
        RunLayers(pieces);
        ComputeLogits(pieces);
        _plan.Commit(pieces);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Logits(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, LogitRowCount);
        int vocabulary = _model.Config.VocabularySize;
        return new ReadOnlySpan<float>((float*)_logits!.Pointer + ((long)row * vocabulary), vocabulary);
    }

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<SequencePiece> pieces, Span<float> logProbabilities)
    {
        RunLayers(pieces);
        ScoreTargets(pieces, logProbabilities);
        ComputeLogits(pieces);
        _plan.Commit(pieces);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _arena.Dispose();
        _logits?.Dispose();
        _lowRankMemory?.Dispose();
        _directions?.Dispose();
        _plan.Dispose();
    }

    // Numbers a token of the widest layer that gives several things at once, or of what is normalised before it is added.
    private static int FusedSize(DecoderModel model)
    {
        DecoderBlock block = model.Blocks[0];
        int attention = block.Attention.IsFused ? block.Attention.Query.Outputs : 0;
        int feedForward = model.Config.IsGated && block.FeedForward.Inputs.Count == 1 ? block.FeedForward.Inputs[0].Outputs : 0;
        int normalised = block.PostAttentionNorm is null ? 0 : model.Config.HiddenSize;
        return Math.Max(Math.Max(attention, feedForward), normalised);
    }

    private float* LowRank => _lowRankMemory is null ? _arena.At(_lowRank) : (float*)_lowRankMemory.Pointer;

    private float* Direction => (float*)_directions!.Pointer;

    private void ReserveLowRank(int rank, bool hasMagnitudes)
    {
        if (hasMagnitudes)
        {
            _directions ??= new NativeBuffer((long)TokensMax * _model.Linears.Max(l => l.Outputs) * sizeof(float));
        }

        if (rank > _lowRankMax)
        {
            _lowRankMemory?.Dispose();
            _lowRankMemory = new NativeBuffer((long)TokensMax * rank * sizeof(float));
            _lowRankMax = rank;
        }
    }

    private float* ReserveLogits(int rows)
    {
        long bytes = (long)rows * _model.Config.VocabularySize * sizeof(float);
        if (_logits is null || _logits.Length < bytes)
        {
            _logits?.Dispose();
            _logits = null;
            _logits = new NativeBuffer(bytes);
        }

        return (float*)_logits.Pointer;
    }

    // Rows of the asked tokens, normalised and multiplied with the head, in the order of the caller's pieces.
    private void ComputeLogits(ReadOnlySpan<SequencePiece> pieces)
    {
        int hidden = _model.Config.HiddenSize;
        float* picked = _arena.At(_picked);
        float* x = _arena.At(_x);
        int count = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            int tokens = pieces[i].Tokens.Length;
            int wanted = pieces[i].Rows switch
            {
                LogitRows.All => tokens,
                LogitRows.Last => 1,
                _ => 0,
            };
            long from = _plan.FirstRow(i) + tokens - wanted;
            new ReadOnlySpan<float>(x + (from * hidden), wanted * hidden)
                .CopyTo(new Span<float>(picked + ((long)count * hidden), wanted * hidden));
            count += wanted;
        }

        LogitRowCount = count;
        if (count > 0)
        {
            Heads(pieces, ReserveLogits(count), picked, count);
        }
    }

    // Pieces of adapters with a head of their own go through it one by one; all others together.
    private void Heads(ReadOnlySpan<SequencePiece> pieces, float* logits, float* picked, int count)
    {
        bool hasOwn = false;
        foreach (ref readonly SequencePiece piece in pieces)
        {
            hasOwn |= piece.Adapter != null && piece.Adapter.Head != null;
        }

        if (!hasOwn)
        {
            Head(logits, picked, count, null);
            return;
        }

        int row = 0;
        foreach (ref readonly SequencePiece piece in pieces)
        {
            int rows = piece.Rows switch
            {
                LogitRows.All => piece.Tokens.Length,
                LogitRows.Last => 1,
                _ => 0,
            };
            if (rows > 0)
            {
                Head(
                    logits + ((long)row * _model.Config.VocabularySize), picked + ((long)row * _model.Config.HiddenSize), rows, piece.Adapter);
            }

            row += rows;
        }
    }

    // Logits of normalised rows; picked is overwritten.
    private void Head(float* logits, float* picked, int count, ILowRankAdapter? adapter)
    {
        ModelConfig config = _model.Config;
        float* bias = _model.HeadBias is { } own ? (float*)own.Pointer : null;
        _model.FinalNorm.Forward(picked, null, picked, count);
        if (adapter != null && adapter.Head != null)
        {
            MatMulKernel.Forward(logits, picked, adapter.Head, count, config.HiddenSize, config.VocabularySize);
            bias = adapter.HeadBias != null ? adapter.HeadBias : bias;
        }
        else
        {
            LinearKernel.Forward(logits, picked, count, _model.Head, accumulate: false, _precision);
        }

        if (bias != null)
        {
            BiasKernel.Forward(logits, bias, count, config.VocabularySize);
        }

        if (config.LogitCap != 0f)
        {
            SoftCapKernel.Forward(logits, count, config.VocabularySize, config.LogitCap);
        }
    }

    private void ScoreTargets(ReadOnlySpan<SequencePiece> pieces, Span<float> logProbabilities)
    {
        int hidden = _model.Config.HiddenSize;
        float* picked = _arena.At(_picked);
        float* x = _arena.At(_x);
        int* targets = stackalloc int[ScoreRows];
        int* places = stackalloc int[ScoreRows];
        logProbabilities[.._plan.TokenCount].Clear();
        int count = 0;
        int token = 0;
        ILowRankAdapter? adapter = null;
        for (int i = 0; i < pieces.Length; i++)
        {
            ReadOnlySpan<int> wanted = pieces[i].Targets.Span;
            if (count > 0 && !ReferenceEquals(pieces[i].Adapter, adapter))
            {
                // Another adapter may have another head.
                ScoreChunk(picked, targets, places, count, logProbabilities, adapter);
                count = 0;
            }

            adapter = pieces[i].Adapter;
            for (int t = 0; t < pieces[i].Tokens.Length; t++, token++)
            {
                if (t >= wanted.Length || wanted[t] < 0)
                {
                    continue;
                }

                long from = _plan.FirstRow(i) + t;
                new ReadOnlySpan<float>(x + (from * hidden), hidden).CopyTo(new Span<float>(picked + ((long)count * hidden), hidden));
                targets[count] = wanted[t];
                places[count] = token;
                if (++count == ScoreRows)
                {
                    ScoreChunk(picked, targets, places, count, logProbabilities, adapter);
                    count = 0;
                }
            }
        }

        ScoreChunk(picked, targets, places, count, logProbabilities, adapter);
    }

    private void ScoreChunk(
        float* picked, int* targets, int* places, int count, Span<float> logProbabilities, ILowRankAdapter? adapter)
    {
        if (count == 0)
        {
            return;
        }

        ModelConfig config = _model.Config;
        float* losses = stackalloc float[ScoreRows];
        float* logits = ReserveLogits(ScoreRows);
        Head(logits, picked, count, adapter);
        CrossEntropyKernel.Forward(losses, logits, targets, count, config.VocabularySize);
        for (int i = 0; i < count; i++)
        {
            logProbabilities[places[i]] = -losses[i];
        }
    }
}
