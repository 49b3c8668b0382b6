using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Sentence embeddings of several texts in one pass: the mean over all positions, scaled to length 1.</summary>
/// <remarks>Texts stand one after another without padding; attention stays inside each.</remarks>
public sealed unsafe partial class EncoderRunner : IDisposable
{
    private readonly EncoderModel _model;
    private readonly Precision _precision;
    private readonly FloatArena _arena = new();
    private readonly long _x;
    private readonly long _query;
    private readonly long _key;
    private readonly long _value;
    private readonly long _attended;
    private readonly long _inner;
    private readonly long _rounded;
    private readonly long _roundedInner;
    private readonly NativeBuffer _segments;

    /// <summary>Allocates the working memory of a pass.</summary>
    /// <param name="model">Shared, not owned.</param>
    /// <param name="precision">In which numbers products with weights are computed.</param>
    /// <param name="tokensMax">Tokens of one pass, all texts together.</param>
    public EncoderRunner(EncoderModel model, Precision precision, int tokensMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensMax, 1);
        _model = model;
        _precision = precision;
        TokensMax = tokensMax;
        ModelConfig config = model.Config;
        _x = _arena.Reserve((long)tokensMax * config.HiddenSize);
        _query = _arena.Reserve((long)tokensMax * config.QuerySize);
        _key = _arena.Reserve((long)tokensMax * config.KeyValueSize);
        _value = _arena.Reserve((long)tokensMax * config.KeyValueSize);
        _attended = _arena.Reserve((long)tokensMax * config.QuerySize);
        _inner = _arena.Reserve((long)tokensMax * config.FeedForwardSize);
        _rounded = _arena.Reserve(RoundedFloats(tokensMax, config.HiddenSize));
        _roundedInner = _arena.Reserve(RoundedFloats(tokensMax, config.FeedForwardSize));
        _segments = new NativeBuffer(2L * tokensMax * sizeof(AttentionSegment));
    }

    /// <summary>Tokens of one pass.</summary>
    public int TokensMax { get; }

    /// <summary>Called after the embedding (0) and after each block, with all rows; for tests.</summary>
    internal Action<int, ReadOnlySpan<float>>? HiddenObserver { get; set; }

    /// <summary>Computes the embedding of each text.</summary>
    /// <param name="texts">Token ids with their special tokens; each at least one and at most the model's context length.</param>
    /// <param name="embeddings">Output [texts, hidden].</param>
    /// <param name="tokenTypes">For each text the type of each token; empty where all are of type 0.</param>
    /// <exception cref="ArgumentException">A text does not fit, or the texts together do not.</exception>
    public void Embed(
        ReadOnlySpan<ReadOnlyMemory<int>> texts, Span<float> embeddings, ReadOnlySpan<ReadOnlyMemory<int>> tokenTypes = default)
    {
        Run(texts, tokenTypes);
        Pool(texts, _arena.At(_x), embeddings);
    }

    /// <summary>Computes what the last block makes of each token, before any mean is taken.</summary>
    /// <param name="texts">As for <see cref="Embed"/>.</param>
    /// <param name="states">Output [tokens of all texts, hidden].</param>
    /// <exception cref="ArgumentException">A text does not fit, or the texts together do not.</exception>
    public void States(ReadOnlySpan<ReadOnlyMemory<int>> texts, Span<float> states)
    {
        int rows = Run(texts, default);
        new ReadOnlySpan<float>(_arena.At(_x), rows * _model.Config.HiddenSize).CopyTo(states);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _arena.Dispose();
        _segments.Dispose();
    }

    // Leaves the last block's output of all rows at _x; returns the rows.
    private int Run(ReadOnlySpan<ReadOnlyMemory<int>> texts, ReadOnlySpan<ReadOnlyMemory<int>> tokenTypes)
    {
        ModelConfig config = _model.Config;
        int rows = Place(texts, tokenTypes);
        float* x = _arena.At(_x);
        float* attended = _arena.At(_attended);
        float* inner = _arena.At(_inner);
        var segments = (AttentionSegment*)_segments.Pointer;
        var shape = new AttentionShape(config.HeadCount, config.KeyValueHeadCount, config.HeadSize, IsCausal: false);
        if (RunsRounded)
        {
            RunRounded(segments, texts.Length, shape, rows);
            return rows;
        }

        _model.EmbeddingNorm.Forward(x, rows, config.NormEpsilon);
        Observe(0, x, rows);
        for (int i = 0; i < _model.Blocks.Count; i++)
        {
            EncoderBlock block = _model.Blocks[i];
            ForwardQueries(block.Attention, x, rows);
            AttentionKernel.Forward(segments, texts.Length, shape, _precision);
            block.Attention.Output.Forward(x, attended, rows, accumulate: true, _precision);
            block.AttentionNorm.Forward(x, rows, config.NormEpsilon);
            block.Up.Forward(inner, x, rows, accumulate: false, _precision);
            ActivationKernel.Forward(config.Activation, inner, inner, rows, config.FeedForwardSize);
            block.Down.Forward(x, inner, rows, accumulate: true, _precision);
            block.OutputNorm.Forward(x, rows, config.NormEpsilon);
            Observe(i + 1, x, rows);
        }

        return rows;
    }

    // In integers the three layers are one product, so that what they read is rounded once.
    private void ForwardQueries(Attention attention, float* x, int rows)
    {
        float** results = stackalloc float*[] { _arena.At(_query), _arena.At(_key), _arena.At(_value) };
        IntegerTask* tasks = stackalloc IntegerTask[attention.Inputs.Count];
        bool isTogether = _precision == Precision.Int8;
        for (int i = 0; i < attention.Inputs.Count; i++)
        {
            isTogether &= IntegerProduct.CanMultiply(attention.Inputs[i].Weight);
        }

        for (int i = 0; i < attention.Inputs.Count; i++)
        {
            LinearLayer layer = attention.Inputs[i];
            if (isTogether)
            {
                tasks[i] = IntegerTask.Of(layer.Weight, results[i], accumulate: false);
            }
            else
            {
                layer.Forward(results[i], x, rows, accumulate: false, _precision);
            }
        }

        if (!isTogether)
        {
            return;
        }

        var run = new IntegerRun { Rows = rows };
        IntegerProduct.Run(x, attention.Query.Inputs, tasks, attention.Inputs.Count, &run, 1);
        for (int i = 0; i < attention.Inputs.Count; i++)
        {
            LinearLayer layer = attention.Inputs[i];
            if (layer.Bias is { } bias)
            {
                BiasKernel.Forward(results[i], (float*)bias.Pointer, rows, layer.Outputs);
            }
        }
    }

    private void Observe(int state, float* x, int rows)
        => HiddenObserver?.Invoke(state, new ReadOnlySpan<float>(x, rows * _model.Config.HiddenSize));

    // Sums the embeddings of every token and says which rows belong together; returns the rows.
    private int Place(ReadOnlySpan<ReadOnlyMemory<int>> texts, ReadOnlySpan<ReadOnlyMemory<int>> tokenTypes)
    {
        int types = _model.TokenTypes.Shape[0];
        ModelConfig config = _model.Config;
        var segments = (AttentionSegment*)_segments.Pointer;
        float* x = _arena.At(_x);
        long total = 0;
        foreach (ReadOnlyMemory<int> text in texts)
        {
            total += text.Length;
            if (text.IsEmpty || text.Length > config.ContextLength)
            {
                throw new ArgumentException($"A text has {text.Length} tokens; the encoder takes 1 to {config.ContextLength}.", nameof(texts));
            }
        }

        if (total > TokensMax)
        {
            throw new ArgumentException($"The texts have {total} tokens together; a pass takes {TokensMax}.", nameof(texts));
        }

        int row = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            ReadOnlySpan<int> ids = texts[i].Span;
            segments[i] = new AttentionSegment
            {
                Query = _arena.At(_query) + ((long)row * config.QuerySize),
                Key = _arena.At(_key) + ((long)row * config.KeyValueSize),
                Value = _arena.At(_value) + ((long)row * config.KeyValueSize),
                Output = _arena.At(_attended) + ((long)row * config.QuerySize),
                QueryCount = ids.Length,
                KeyCount = ids.Length,
                KeyStride = config.KeyValueSize,
                KeyHeadStride = config.HeadSize,
            };
            for (int position = 0; position < ids.Length; position++, row++)
            {
                var into = new Span<float>(x + ((long)row * config.HiddenSize), config.HiddenSize);
                _model.TokenEmbedding.DequantizeRow(ids[position], into);
                TensorPrimitives.Add(into, _model.PositionEmbedding.Floats.Slice(position * config.HiddenSize, config.HiddenSize), into);
                int type = tokenTypes.IsEmpty ? 0 : tokenTypes[i].Span[position];
                if ((uint)type >= (uint)types)
                {
                    throw new ArgumentException($"Token type {type} does not exist; the encoder has {types}.", nameof(tokenTypes));
                }

                TensorPrimitives.Add(into, _model.TokenTypes.Floats.Slice(type * config.HiddenSize, config.HiddenSize), into);
            }
        }

        return row;
    }

    private void Pool(ReadOnlySpan<ReadOnlyMemory<int>> texts, float* x, Span<float> embeddings)
    {
        int hidden = _model.Config.HiddenSize;
        int row = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            Span<float> into = embeddings.Slice(i * hidden, hidden);
            into.Clear();
            for (int t = 0; t < texts[i].Length; t++, row++)
            {
                TensorPrimitives.Add(into, new ReadOnlySpan<float>(x + ((long)row * hidden), hidden), into);
            }

            // The mean's division falls away with the length; a vector of zeros stays one.
            float length = TensorPrimitives.Norm<float>(into);
            TensorPrimitives.Divide(into, Math.Max(length, float.Epsilon), into);
        }
    }
}
