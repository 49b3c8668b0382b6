using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>The managed <see cref="IInferenceBackend"/>: prefill and decode of several sequences in one pass over the weights.</summary>
/// <remarks>
/// Rows of a pass are grouped by adapter, so that an adapter's factors are read once a layer. Memory is allocated when the runner is made
/// and when more logits are asked for than ever before; a pass allocates nothing.
/// </remarks>
public sealed unsafe partial class DecoderRunner : IInferenceBackend
{
    private const int ScoreRows = 64;

    private readonly DecoderModel _model;
    private readonly Precision _precision;
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
    private readonly long _lowRank;
    private readonly long _cosine;
    private readonly long _sine;
    private readonly long _picked;
    private NativeBuffer? _logits;
    private int _lowRankMax;
    private NativeBuffer? _lowRankMemory;

    /// <summary>Allocates the working memory of a pass.</summary>
    /// <param name="model">Shared, not owned.</param>
    /// <param name="precision">In which numbers products with weights are computed.</param>
    /// <param name="tokensMax">Tokens of one pass, all pieces together.</param>
    public DecoderRunner(DecoderModel model, Precision precision, int tokensMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensMax, 1);
        _model = model;
        _precision = precision;
        TokensMax = tokensMax;
        ModelConfig config = model.Config;
        _plan = new PassPlan(tokensMax);
        _x = _arena.Reserve((long)tokensMax * config.HiddenSize);
        _norm = _arena.Reserve((long)tokensMax * config.HiddenSize);
        _query = _arena.Reserve((long)tokensMax * config.QuerySize);
        _key = _arena.Reserve((long)tokensMax * config.KeyValueSize);
        _value = _arena.Reserve((long)tokensMax * config.KeyValueSize);
        _attended = _arena.Reserve((long)tokensMax * config.QuerySize);
        _gate = _arena.Reserve((long)tokensMax * config.FeedForwardSize);
        _up = _arena.Reserve((long)tokensMax * config.FeedForwardSize);
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
    public int LogitRowCount { get; private set; }

    /// <summary>Called after the embedding (0), after each block but the last, and after the final norm, with all rows; for tests.</summary>
    internal Action<int, ReadOnlySpan<float>>? HiddenObserver { get; set; }

    /// <inheritdoc/>
    public ISequenceCache CreateCache(int capacity) => new KeyValueCache(_model.Config, capacity);

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
        _plan.Dispose();
    }

    private float* LowRank => _lowRankMemory is null ? _arena.At(_lowRank) : (float*)_lowRankMemory.Pointer;

    private void ReserveLowRank(int rank)
    {
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
            float* logits = ReserveLogits(count);
            RmsNormKernel.Forward(picked, null, picked, (float*)_model.FinalNorm.Pointer, count, hidden, _model.Config.NormEpsilon);
            Quantization.LinearKernel.Forward(logits, picked, count, _model.Head, accumulate: false, _precision);
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
        for (int i = 0; i < pieces.Length; i++)
        {
            ReadOnlySpan<int> wanted = pieces[i].Targets.Span;
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
                    ScoreChunk(picked, targets, places, count, logProbabilities);
                    count = 0;
                }
            }
        }

        ScoreChunk(picked, targets, places, count, logProbabilities);
    }

    private void ScoreChunk(float* picked, int* targets, int* places, int count, Span<float> logProbabilities)
    {
        if (count == 0)
        {
            return;
        }

        ModelConfig config = _model.Config;
        float* losses = stackalloc float[ScoreRows];
        float* logits = ReserveLogits(ScoreRows);
        RmsNormKernel.Forward(picked, null, picked, (float*)_model.FinalNorm.Pointer, count, config.HiddenSize, config.NormEpsilon);
        Quantization.LinearKernel.Forward(logits, picked, count, _model.Head, accumulate: false, _precision);
        CrossEntropyKernel.Forward(losses, logits, targets, count, config.VocabularySize);
        for (int i = 0; i < count; i++)
        {
            logProbabilities[places[i]] = -losses[i];
        }
    }
}
