using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>Forward and backward of packed samples through a frozen decoder with an adapter; gradients for the adapter alone.</summary>
/// <remarks>
/// Backward is written out layer by layer and reads the base in its stored blocks (QLoRA, Dettmers et al. 2023,
/// https://arxiv.org/abs/2305.14314). Norms, gates and attention weights are computed again from what is kept. Where keeping every
/// block's activations would take too much memory, only the blocks' inputs are kept and a block runs forward once more.
/// </remarks>
internal sealed unsafe partial class TrainingPass : IDisposable
{
    // Rows of logits that exist at once: 64 rows of 49,152 take 12 MB.
    private const int LossRows = 64;

    private readonly DecoderModel _model;
    private readonly ModelConfig _config;
    private readonly LoraAdapter _adapter;
    private readonly int _tokensMax;
    private readonly int _rankMax;
    private readonly int _lowestBlock;
    private readonly FloatArena _arena = new();
    private readonly NativeBuffer _integers;
    private readonly NativeBuffer _segments;
    private readonly NativeBuffer _gradients;
    private readonly BlockActivations[] _blocks;
    private readonly long _inputs;
    private readonly long _x;
    private readonly long _norm;
    private readonly long _inner;
    private readonly long _cosine;
    private readonly long _sine;
    private readonly long _dropped;
    private readonly long _dx;
    private readonly long _dNorm;
    private readonly long _dQuery;
    private readonly long _dKey;
    private readonly long _dValue;
    private readonly long _dAttended;
    private readonly long _dGate;
    private readonly long _dUp;
    private readonly long _dProjection;
    private readonly long _perHead;
    private readonly long _picked;
    private readonly long _pickedNorm;
    private readonly long _dPicked;
    private readonly long _pickedRms;
    private readonly long _losses;
    private readonly long _logits;
    private int _rows;
    private int _segmentCount;
    private int _targetCount;
    private ulong _dropoutKey;
    private float _dropout;

    /// <summary>Reserves the memory of a pass; it is taken at the first one.</summary>
    /// <param name="model">The frozen base.</param>
    /// <param name="adapter">What is trained.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    public TrainingPass(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax)
    {
        _model = model;
        _config = model.Config;
        _adapter = adapter;
        _tokensMax = tokensMax;
        _rankMax = adapter.RankMax;
        _lowestBlock = adapter.Layers.Min(l => l.LinearIndex) / BlockActivations.LinearCount;
        long perBlock = BlockActivations.BytesPerToken(_config, _rankMax) * tokensMax;
        KeepsActivations = perBlock * _config.LayerCount <= activationBytesMax;
        _blocks = new BlockActivations[_config.LayerCount];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = i == 0 || KeepsActivations ? new BlockActivations(_arena, _config, tokensMax, _rankMax) : _blocks[0];
        }

        long hidden = (long)tokensMax * _config.HiddenSize;
        long query = (long)tokensMax * _config.QuerySize;
        long keyValue = (long)tokensMax * _config.KeyValueSize;
        long feedForward = (long)tokensMax * _config.FeedForwardSize;
        long half = (long)tokensMax * model.InverseFrequencies.Length;
        _inputs = _arena.Reserve(hidden * _config.LayerCount);
        (_x, _norm, _inner) = (_arena.Reserve(hidden), _arena.Reserve(hidden), _arena.Reserve(feedForward));
        (_cosine, _sine) = (_arena.Reserve(half), _arena.Reserve(half));
        _dropped = _arena.Reserve(Math.Max(Math.Max(hidden, query), feedForward));
        (_dx, _dNorm, _dQuery, _dAttended) = (_arena.Reserve(hidden), _arena.Reserve(hidden), _arena.Reserve(query), _arena.Reserve(query));
        (_dKey, _dValue) = (_arena.Reserve(keyValue), _arena.Reserve(keyValue));
        (_dGate, _dUp) = (_arena.Reserve(feedForward), _arena.Reserve(feedForward));
        _dProjection = _arena.Reserve((long)tokensMax * _rankMax);
        _perHead = _arena.Reserve(2 * query);
        (_picked, _pickedNorm, _dPicked) = (_arena.Reserve(hidden), _arena.Reserve(hidden), _arena.Reserve(hidden));
        (_pickedRms, _losses) = (_arena.Reserve(tokensMax), _arena.Reserve(tokensMax));
        _logits = _arena.Reserve((long)LossRows * _config.VocabularySize);
        _integers = new NativeBuffer(4L * tokensMax * sizeof(int));
        _segments = new NativeBuffer((long)tokensMax * sizeof(AttentionSegment));
        _gradients = new NativeBuffer((long)adapter.ParameterCount * sizeof(float));
    }

    /// <summary>Whether every block's activations are kept; else blocks run forward twice.</summary>
    public bool KeepsActivations { get; }

    /// <summary>Bytes of working memory.</summary>
    public long ByteLength => _arena.ByteLength + _gradients.Length;

    /// <summary>Gradients of the adapter's parameters, in their order.</summary>
    public float* Gradients => (float*)_gradients.Pointer;

    private int* Tokens => (int*)_integers.Pointer;

    private int* Positions => (int*)_integers.Pointer + _tokensMax;

    private int* TargetRows => (int*)_integers.Pointer + (2 * _tokensMax);

    private int* Targets => (int*)_integers.Pointer + (3 * _tokensMax);

    private AttentionSegment* Segments => (AttentionSegment*)_segments.Pointer;

    private AttentionShape Shape => new(_config.HeadCount, _config.KeyValueHeadCount, _config.HeadSize, IsCausal: true);

    /// <summary>Σ negative log-likelihood of the row's targets, and scale times its gradients added to <see cref="Gradients"/>.</summary>
    /// <param name="row">Packed samples.</param>
    /// <param name="scale">One over the targets of the step.</param>
    /// <param name="dropoutKey">Names the masks.</param>
    public double ForwardBackward(PackedRow row, float scale, ulong dropoutKey)
    {
        (_dropout, _dropoutKey) = (_adapter.Config.Dropout, dropoutKey);
        Place(row);
        ForwardBlocks();
        double loss = Loss(scale, hasGradient: true);
        for (int block = _config.LayerCount - 1; block >= _lowestBlock; block--)
        {
            if (!KeepsActivations && block < _config.LayerCount - 1)
            {
                ForwardBlock(block, Input(block), null);
            }

            BackwardBlock(block);
        }

        return loss;
    }

    /// <summary>Σ negative log-likelihood of the row's targets, without dropout.</summary>
    /// <param name="row">Packed samples.</param>
    public double Forward(PackedRow row)
    {
        _dropout = 0f;
        Place(row);
        ForwardBlocks();
        return Loss(0f, hasGradient: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _arena.Dispose();
        _integers.Dispose();
        _segments.Dispose();
        _gradients.Dispose();
    }

    private float* Input(int block) => _arena.At(_inputs) + ((long)block * _tokensMax * _config.HiddenSize);

    private float* Projection(int block, int linear) => _arena.At(_blocks[block].Projections) + ((long)linear * _tokensMax * _rankMax);

    private void Place(PackedRow row)
    {
        _rows = row.TokenCount;
        if (_rows > _tokensMax)
        {
            throw new ArgumentException($"The row has {_rows} tokens; a pass takes {_tokensMax}.", nameof(row));
        }

        row.Ids.AsSpan(0, _rows).CopyTo(new Span<int>(Tokens, _rows));
        row.Positions.AsSpan(0, _rows).CopyTo(new Span<int>(Positions, _rows));
        (_segmentCount, _targetCount) = (0, 0);
        for (int i = 0; i < _rows; i++)
        {
            if (i == 0 || row.Segments[i] != row.Segments[i - 1])
            {
                Segments[_segmentCount++] = default;
            }

            Segments[_segmentCount - 1].QueryCount++;
            if (row.Targets[i])
            {
                // The token before it predicts it.
                (TargetRows[_targetCount], Targets[_targetCount]) = (i - 1, row.Ids[i]);
                _targetCount++;
            }
        }

        float* x = Input(0);
        for (int i = 0; i < _rows; i++)
        {
            _model.TokenEmbedding.DequantizeRow(Tokens[i], new Span<float>(x + ((long)i * _config.HiddenSize), _config.HiddenSize));
        }

        fixed (float* frequencies = _model.InverseFrequencies)
        {
            RotaryKernel.Angles(_arena.At(_cosine), _arena.At(_sine), Positions, frequencies, _rows, _model.InverseFrequencies.Length);
        }
    }

    // Logits of the target rows alone, a chunk at a time; the gradient of the last block's output is left in dx.
    private double Loss(float scale, bool hasGradient)
    {
        int hidden = _config.HiddenSize;
        float* x = _arena.At(_x);
        float* dx = _arena.At(_dx);
        float* picked = _arena.At(_picked);
        float* norm = _arena.At(_pickedNorm);
        float* dPicked = _arena.At(_dPicked);
        float* logits = _arena.At(_logits);
        float* losses = _arena.At(_losses);
        float* inverseRms = _arena.At(_pickedRms);
        float* gain = (float*)_model.FinalNorm.Pointer;
        for (int i = 0; i < _targetCount; i++)
        {
            Row(x, TargetRows[i]).CopyTo(Row(picked, i));
        }

        RmsNormKernel.Forward(norm, inverseRms, picked, gain, _targetCount, hidden, _config.NormEpsilon);
        new Span<float>(dPicked, _targetCount * hidden).Clear();
        float* dNorm = _arena.At(_dNorm);
        for (int first = 0; first < _targetCount; first += LossRows)
        {
            int rows = Math.Min(LossRows, _targetCount - first);
            LinearKernel.Forward(logits, norm + ((long)first * hidden), rows, _model.Head, accumulate: false, Precision.Float32);
            if (hasGradient)
            {
                CrossEntropyKernel.ForwardBackward(losses + first, logits, Targets + first, rows, _config.VocabularySize, scale);
                new Span<float>(dNorm, rows * hidden).Clear();
                LinearKernel.BackwardInput(dNorm, logits, rows, _model.Head);
                RmsNormKernel.Backward(
                    dPicked + ((long)first * hidden), null, dNorm, picked + ((long)first * hidden), gain, inverseRms + first, rows, hidden);
            }
            else
            {
                CrossEntropyKernel.Forward(losses + first, logits, Targets + first, rows, _config.VocabularySize);
            }
        }

        if (hasGradient)
        {
            new Span<float>(dx, _rows * hidden).Clear();
            for (int i = 0; i < _targetCount; i++)
            {
                Row(dPicked, i).CopyTo(Row(dx, TargetRows[i]));
            }
        }

        double sum = 0;
        for (int i = 0; i < _targetCount; i++)
        {
            sum += losses[i];
        }

        return sum;

        Span<float> Row(float* matrix, int row) => new(matrix + ((long)row * hidden), hidden);
    }
}
