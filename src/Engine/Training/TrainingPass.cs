using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>Forward and backward of packed samples through a decoder; gradients for an adapter, or for weights of the model itself.</summary>
/// <remarks>
/// Backward is written out layer by layer and reads a frozen base in its stored blocks (QLoRA, Dettmers et al. 2023,
/// https://arxiv.org/abs/2305.14314). Norms, gates and attention weights are computed again from what is kept. Where keeping every
/// block's activations would take too much memory, only the blocks' inputs are kept and a block runs forward once more.
/// </remarks>
internal sealed unsafe partial class TrainingPass : IDisposable
{
    private readonly DecoderModel _model;
    private readonly ModelConfig _config;
    private readonly Precision _precision;
    private readonly LoraAdapter? _adapter;
    private readonly float _dropoutOfAdapter;
    private readonly TrainableWeights? _weights;
    private readonly int _tokensMax;
    private readonly int _rankMax;
    private readonly int _lowestBlock;
    private readonly int _lossRows;
    private readonly bool _hasEmbeddingGradient;
    private readonly FloatArena _arena = new();
    private readonly NativeBuffer? _rounded;
    private readonly NativeBuffer _integers;
    private readonly NativeBuffer _segments;
    private readonly NativeBuffer _shared;
    private readonly NativeBuffer _gradients;
    private readonly BlockActivations[] _blocks;
    private readonly Places _at;
    private LoraAdapter? _active;
    private int _rows;
    private int _segmentCount;
    private int _targetCount;
    private ulong _dropoutKey;
    private float _dropout;

    /// <summary>Reserves the memory of a pass; it is taken at the first one.</summary>
    /// <param name="model">The base.</param>
    /// <param name="adapter">What is trained on a frozen base, or null.</param>
    /// <param name="weights">What is trained of the model itself, or null.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    /// <param name="precision">Of the products with the model's matrices and their gradients.</param>
    public TrainingPass(
        DecoderModel model, LoraAdapter? adapter, TrainableWeights? weights, int tokensMax, long activationBytesMax,
        Precision precision = Precision.Float32)
    {
        _model = model;
        _precision = precision;
        _config = model.Config;
        _adapter = adapter;
        _dropoutOfAdapter = adapter?.Config.Dropout ?? 0f;
        _weights = weights;
        _tokensMax = tokensMax;
        _rankMax = adapter?.RankMax ?? 0;
        bool hasMagnitudes = adapter?.HasMagnitudes ?? false;
        _hasEmbeddingGradient = (adapter?.LearnsEmbedding ?? false) || (weights?.HasEmbedding ?? false);
        _lowestBlock = _hasEmbeddingGradient
            ? 0
            : Math.Min(
                weights?.FirstBlock ?? int.MaxValue,
                adapter is null ? int.MaxValue : adapter.Layers.Select(l => l.LinearIndex / model.LinearsPerBlock).DefaultIfEmpty(int.MaxValue).Min());
        KeepsActivations = ManagedTrainingBackend.ActivationBytes(model, tokensMax, _rankMax, hasMagnitudes) <= activationBytesMax;
        _blocks = new BlockActivations[_config.LayerCount];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = i == 0 || KeepsActivations
                ? new BlockActivations(_arena.Reserve, model, i, tokensMax, _rankMax, hasMagnitudes)
                : _blocks[0];
        }

        _lossRows = LossRows(_config);
        SharedKeysMax = Math.Max(tokensMax, Math.Min(KeysPerToken * tokensMax, SharedKeysMost));
        _at = new Places(_arena, model, tokensMax, SharedKeysMax, _rankMax);
        if (precision == Precision.BFloat16 && MatrixPath.HasBfloat16)
        {
            int widest = model.Blocks[0].Linears.Max(l => Math.Max(l.Inputs, l.Outputs));
            _rounded = new NativeBuffer(Bfloat16Product.RoundedNumbers(tokensMax, widest) * sizeof(ushort));
        }

        _integers = new NativeBuffer(4L * tokensMax * sizeof(int));
        _segments = new NativeBuffer((long)tokensMax * sizeof(AttentionSegment));
        _shared = new NativeBuffer((long)tokensMax * sizeof(SharedSegment));
        GradientCount = (adapter?.ParameterCount ?? 0) + (weights?.Count ?? 0);
        _gradients = new NativeBuffer(GradientCount * sizeof(float));
    }

    /// <summary>Whether every block's activations are kept; else blocks run forward twice.</summary>
    public bool KeepsActivations { get; }

    /// <summary>Bytes of working memory.</summary>
    public long ByteLength => _arena.ByteLength + _gradients.Length + (_rounded?.Length ?? 0);

    /// <summary>Numbers that learn.</summary>
    public long GradientCount { get; }

    /// <summary>Gradients of the adapter's parameters in their order, then of the model's weights in theirs.</summary>
    public float* Gradients => (float*)_gradients.Pointer;

    private float* WeightGradients => Gradients + (_adapter?.ParameterCount ?? 0);

    // The left-hand matrix of the product that comes next, in bfloat16; null where it needs none.
    private ushort* Rounded => _rounded is null ? null : (ushort*)_rounded.Pointer;

    private int* Tokens => (int*)_integers.Pointer;

    private int* Positions => (int*)_integers.Pointer + _tokensMax;

    private int* TargetRows => (int*)_integers.Pointer + (2 * _tokensMax);

    private int* Targets => (int*)_integers.Pointer + (3 * _tokensMax);

    private AttentionSegment* Segments => (AttentionSegment*)_segments.Pointer;

    /// <summary>Σ loss of the row's targets, and scale times its gradients added to <see cref="Gradients"/>.</summary>
    /// <param name="row">Packed samples.</param>
    /// <param name="scale">One over the targets of the step.</param>
    /// <param name="dropoutKey">Names the masks.</param>
    /// <param name="smoothing">Share of each target that is spread over the vocabulary.</param>
    public double ForwardBackward(PackedRow row, float scale, ulong dropoutKey, float smoothing = 0f)
    {
        Begin(row, _dropoutOfAdapter, dropoutKey);
        double loss = Loss(scale, hasGradient: true, smoothing);
        BackwardBlocks();
        return loss;
    }

    /// <summary>Σ negative log-likelihood of the row's targets, without dropout.</summary>
    /// <param name="row">Packed samples.</param>
    public double Forward(PackedRow row)
    {
        Begin(row, 0f, 0);
        return Loss(0f, hasGradient: false, 0f);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _arena.Dispose();
        _rounded?.Dispose();
        _integers.Dispose();
        _segments.Dispose();
        _shared.Dispose();
        _gradients.Dispose();
    }

    // Without its adapter the base answers alone: the reference of DPO.
    private void Begin(PackedRow row, float dropout, ulong dropoutKey, bool hasAdapter = true)
    {
        Prepare(row.TokenCount, dropout, dropoutKey, hasAdapter);
        Place(row);
        ForwardBlocks();
    }

    private void Prepare(int rows, float dropout, ulong dropoutKey, bool hasAdapter)
    {
        if (rows > _tokensMax)
        {
            throw new ArgumentException($"The row has {rows} tokens; a pass takes {_tokensMax}.", nameof(rows));
        }

        (_dropout, _dropoutKey, _rows) = (dropout, dropoutKey, rows);
        _active = hasAdapter ? _adapter : null;
        _active?.UpdateGains(_model);
    }

    private void ForwardBlocks()
    {
        EmbedRows();
        for (int block = 0; block < _config.LayerCount; block++)
        {
            ForwardBlock(block, Input(block), block + 1 < _config.LayerCount ? Input(block + 1) : At(_at.X));
        }
    }

    private void BackwardBlocks()
    {
        for (int block = _config.LayerCount - 1; block >= _lowestBlock; block--)
        {
            if (!KeepsActivations && block < _config.LayerCount - 1)
            {
                ForwardBlock(block, Input(block), null);
            }

            BackwardBlock(block);
        }

        if (_hasEmbeddingGradient)
        {
            BackwardEmbedding();
        }
    }

    private float* At(long place) => _arena.At(place);

    private float* Input(int block) => At(_at.Inputs) + ((long)block * _tokensMax * _config.HiddenSize);

    private float* Projection(int block, int linear) => At(_blocks[block].Projections) + ((long)linear * _tokensMax * _rankMax);

    private void Place(PackedRow row)
    {
        row.Ids.AsSpan(0, _rows).CopyTo(new Span<int>(Tokens, _rows));
        row.Positions.AsSpan(0, _rows).CopyTo(new Span<int>(Positions, _rows));
        (_segmentCount, _targetCount, _sharedCount) = (0, 0, 0);
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
    }

    private void EmbedRows()
    {
        float* x = Input(0);
        for (int i = 0; i < _rows; i++)
        {
            var into = new Span<float>(x + ((long)i * _config.HiddenSize), _config.HiddenSize);
            _model.Embed(Tokens[i], Positions[i], _active, into);
        }

        if (_model.InverseFrequencies.Length > 0)
        {
            fixed (float* frequencies = _model.InverseFrequencies)
            {
                RotaryKernel.Angles(
                    At(_at.Cosine), At(_at.Sine), Positions, frequencies, _rows, _model.InverseFrequencies.Length, _config.Rotary!.Magnitude);
            }
        }
    }

    /// <summary>Places in the arena that all blocks share.</summary>
    private sealed class Places
    {
        public Places(FloatArena arena, DecoderModel model, int tokens, int keys, int rankMax)
        {
            ModelConfig config = model.Config;
            DecoderBlock block = model.Blocks[0];
            long hidden = (long)tokens * config.HiddenSize;
            long query = (long)tokens * config.QuerySize;
            long keyValue = (long)tokens * config.KeyValueSize;
            long feedForward = (long)tokens * config.FeedForwardSize;
            long half = (long)tokens * model.InverseFrequencies.Length;
            long widest = (long)tokens * block.Linears.Max(l => Math.Max(l.Inputs, l.Outputs));
            Inputs = arena.Reserve(hidden * config.LayerCount);
            (X, Norm, Inner) = (arena.Reserve(hidden), arena.Reserve(hidden), arena.Reserve(feedForward));
            (Cosine, Sine) = (arena.Reserve(half), arena.Reserve(half));
            (Dropped, Fused, DDirection) = (arena.Reserve(widest), arena.Reserve(widest), arena.Reserve(widest));
            (Dx, DNorm, DPost) = (arena.Reserve(hidden), arena.Reserve(hidden), arena.Reserve(hidden));
            (DQuery, DAttended) = (arena.Reserve(query), arena.Reserve(query));
            (DKey, DValue) = (arena.Reserve(keyValue), arena.Reserve(keyValue));
            DRawQuery = block.Attention.QueryNorm is null ? DQuery : arena.Reserve(query);
            DRawKey = block.Attention.KeyNorm is null ? DKey : arena.Reserve(keyValue);
            (DGate, DUp) = (arena.Reserve(feedForward), arena.Reserve(config.IsGated ? feedForward : 0));
            DProjections = arena.Reserve((long)tokens * Math.Max(1, rankMax) * LowRankRead.Most);
            PerHead = arena.Reserve(2L * keys * config.QuerySize);
            long gathered = (long)keys * config.KeyValueSize;
            (SharedKey, SharedValue) = (arena.Reserve(gathered), arena.Reserve(gathered));
            (DSharedKey, DSharedValue) = (arena.Reserve(gathered), arena.Reserve(gathered));
            (Picked, PickedNorm, DPicked) = (arena.Reserve(hidden), arena.Reserve(hidden), arena.Reserve(hidden));
            (PickedStatistics, Losses, TargetScales) = (arena.Reserve(2L * tokens), arena.Reserve(tokens), arena.Reserve(tokens));
            Logits = arena.Reserve((long)Math.Min(tokens, LossRows(config)) * config.VocabularySize);
            Capped = arena.Reserve(config.LogitCap == 0f ? 0 : (long)Math.Min(tokens, LossRows(config)) * config.VocabularySize);
        }

        public long Inputs { get; }

        public long X { get; }

        public long Norm { get; }

        public long Inner { get; }

        public long Cosine { get; }

        public long Sine { get; }

        public long Dropped { get; }

        public long Fused { get; }

        public long Dx { get; }

        public long DNorm { get; }

        public long DPost { get; }

        public long DDirection { get; }

        public long DQuery { get; }

        public long DKey { get; }

        public long DValue { get; }

        public long DRawQuery { get; }

        public long DRawKey { get; }

        public long DAttended { get; }

        public long DGate { get; }

        public long DUp { get; }

        public long DProjections { get; }

        public long PerHead { get; }

        public long SharedKey { get; }

        public long SharedValue { get; }

        public long DSharedKey { get; }

        public long DSharedValue { get; }

        public long Picked { get; }

        public long PickedNorm { get; }

        public long PickedStatistics { get; }

        public long DPicked { get; }

        public long Losses { get; }

        public long TargetScales { get; }

        public long Logits { get; }

        public long Capped { get; }
    }
}
