using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

internal sealed unsafe partial class TrainingPass
{
    // From input to output; a null output stops before the last product, which the backward pass does not need.
    private void ForwardBlock(int block, float* input, float* output)
    {
        DecoderBlock layers = _model.Blocks[block];
        BlockActivations kept = _blocks[block];
        float* norm = At(_at.Norm);
        float* inner = At(_at.Inner);
        layers.AttentionNorm.Forward(norm, At(kept.Statistics), input, _rows);
        ForwardQueries(block, norm);
        PointSegments(kept);
        AttentionKernel.Forward(Segments, _segmentCount, _config.AttentionShape(block), _precision);
        if (_config.IsParallel)
        {
            ForwardInner(block, norm);
            if (output != null)
            {
                Copy(output, input, _config.HiddenSize);
            }

            Read(block, layers.Attention.Output, At(kept.Attended));
            Linear(block, layers.Attention.Output, output, At(kept.Attended), accumulate: true);
            Read(block, layers.FeedForward.Down, inner);
            Linear(block, layers.FeedForward.Down, output, inner, accumulate: true);
            return;
        }

        float* middle = At(kept.Middle);
        Copy(middle, input, _config.HiddenSize);
        Add(
            block, layers.Attention.Output, layers.PostAttentionNorm, middle, At(kept.Attended), At(kept.PostAttention),
            At(kept.PostAttentionStatistics));
        layers.FeedForwardNorm!.Forward(norm, At(kept.MiddleStatistics), middle, _rows);
        ForwardInner(block, norm);
        if (output != null)
        {
            Copy(output, middle, _config.HiddenSize);
        }

        Add(
            block, layers.FeedForward.Down, layers.PostFeedForwardNorm, output, inner, At(kept.PostFeedForward),
            At(kept.PostFeedForwardStatistics));
    }

    private void ForwardQueries(int block, float* norm)
    {
        BlockActivations kept = _blocks[block];
        Attention attention = _model.Blocks[block].Attention;
        float* query = At(kept.RawQuery);
        float* key = At(kept.RawKey);
        Read(block, attention.Inputs, norm);
        if (attention.IsFused)
        {
            float* fused = At(_at.Fused);
            Linear(block, attention.Query, fused, norm, accumulate: false);
            int width = attention.Query.Outputs;
            ColumnKernel.Copy(query, _config.QuerySize, fused, width, _rows, _config.QuerySize);
            ColumnKernel.Copy(key, _config.KeyValueSize, fused + _config.QuerySize, width, _rows, _config.KeyValueSize);
            ColumnKernel.Copy(
                At(kept.Value), _config.KeyValueSize, fused + _config.QuerySize + _config.KeyValueSize, width, _rows, _config.KeyValueSize);
        }
        else
        {
            Linear(block, attention.Query, query, norm, accumulate: false);
            Linear(block, attention.Key, key, norm, accumulate: false);
            Linear(block, attention.Value, At(kept.Value), norm, accumulate: false);
        }

        attention.QueryNorm?.Forward(At(kept.Query), At(kept.QueryStatistics), query, _rows * _config.HeadCount);
        attention.KeyNorm?.Forward(At(kept.Key), At(kept.KeyStatistics), key, _rows * _config.KeyValueHeadCount);
        int half = _model.InverseFrequencies.Length;
        if (half > 0)
        {
            RotaryKernel.Forward(At(kept.Query), At(_at.Cosine), At(_at.Sine), _rows, _config.HeadCount, _config.HeadSize, half);
            RotaryKernel.Forward(At(kept.Key), At(_at.Cosine), At(_at.Sine), _rows, _config.KeyValueHeadCount, _config.HeadSize, half);
        }
    }

    // From the normalised input to what the last layer of the feed-forward part reads.
    private void ForwardInner(int block, float* norm)
    {
        BlockActivations kept = _blocks[block];
        FeedForward feedForward = _model.Blocks[block].FeedForward;
        int size = _config.FeedForwardSize;
        Read(block, feedForward.Inputs, norm);
        if (_config.IsGated && feedForward.Inputs.Count == 1)
        {
            float* fused = At(_at.Fused);
            Linear(block, feedForward.Inputs[0], fused, norm, accumulate: false);
            ColumnKernel.Copy(At(kept.Gate), size, fused, 2 * size, _rows, size);
            ColumnKernel.Copy(At(kept.Up), size, fused + size, 2 * size, _rows, size);
        }
        else
        {
            Linear(block, feedForward.Inputs[0], At(kept.Gate), norm, accumulate: false);
            if (_config.IsGated)
            {
                Linear(block, feedForward.Inputs[1], At(kept.Up), norm, accumulate: false);
            }
        }

        Curve(kept);
    }

    private void Curve(BlockActivations kept)
    {
        int size = _config.FeedForwardSize;
        if (_config.IsGated)
        {
            ActivationKernel.ForwardGated(_config.Activation, At(_at.Inner), At(kept.Gate), At(kept.Up), _rows, size);
        }
        else
        {
            ActivationKernel.Forward(_config.Activation, At(_at.Inner), At(kept.Gate), _rows, size);
        }
    }

    // x += layer(y), or the norm of that; a null x stops where the backward pass needs no more.
    private void Add(int block, LinearLayer layer, NormLayer? norm, float* x, float* y, float* raw, float* statistics)
    {
        Read(block, layer, y);
        if (norm is null)
        {
            Linear(block, layer, x, y, accumulate: true);
            return;
        }

        float* normalised = At(_at.DPost);
        Linear(block, layer, raw, y, accumulate: false);
        norm.Forward(normalised, statistics, raw, _rows);
        if (x != null)
        {
            int count = checked(_rows * _config.HiddenSize);
            TensorPrimitives.Add(new ReadOnlySpan<float>(x, count), new ReadOnlySpan<float>(normalised, count), new Span<float>(x, count));
        }
    }

    // In: dx, the gradient of the block's output; out: dx, the gradient of its input.
    private void BackwardBlock(int block)
    {
        DecoderBlock layers = _model.Blocks[block];
        BlockActivations kept = _blocks[block];
        float* dx = At(_at.Dx);
        float* dNorm = At(_at.DNorm);
        float* norm = At(_at.Norm);
        float* middle = _config.IsParallel ? Input(block) : At(kept.Middle);

        // Nothing below the lowest block that learns does, so nobody asks for the gradient of its input.
        bool hasInput = block > _lowestBlock || _hasEmbeddingGradient;
        bool hasNorm = hasInput || Learns(layers.AttentionNorm);
        (layers.FeedForwardNorm ?? layers.AttentionNorm).Forward(norm, null, middle, _rows);
        Clear(dNorm, _config.HiddenSize);
        BackwardFeedForward(block, hasNorm || !_config.IsParallel ? dNorm : null, norm);
        if (layers.FeedForwardNorm is { } middleNorm)
        {
            Backward(middleNorm, dx, dNorm, middle, At(kept.MiddleStatistics), _rows);
            layers.AttentionNorm.Forward(norm, null, Input(block), _rows);
            Clear(dNorm, _config.HiddenSize);
        }

        BackwardAttention(block, hasNorm ? dNorm : null, norm);
        if (hasNorm)
        {
            Backward(layers.AttentionNorm, hasInput ? dx : null, dNorm, Input(block), At(kept.Statistics), _rows);
        }
    }

    // In: dx of what is added; out: dNorm.
    private void BackwardFeedForward(int block, float* dNorm, float* norm)
    {
        FeedForward feedForward = _model.Blocks[block].FeedForward;
        BlockActivations kept = _blocks[block];
        int size = _config.FeedForwardSize;
        float* dGate = At(_at.DGate);
        float* dUp = At(_at.DUp);
        float* dAdded = Unnormed(
            _model.Blocks[block].PostFeedForwardNorm, At(kept.PostFeedForward), At(kept.PostFeedForwardStatistics));

        // The gradient of what the curve gives lies in dGate until the gate's own takes its place.
        Curve(kept);
        Clear(dGate, size);
        LinearBackward(block, feedForward.Down, dGate, dAdded, At(_at.Inner));
        if (!_config.IsGated)
        {
            ActivationKernel.Backward(_config.Activation, dGate, dGate, At(kept.Gate), _rows, size);
            LinearBackward(block, feedForward.Inputs[0], dNorm, dGate, norm);
            return;
        }

        ActivationKernel.BackwardGated(_config.Activation, dGate, dUp, dGate, At(kept.Gate), At(kept.Up), _rows, size);
        if (feedForward.Inputs.Count == 1)
        {
            float* fused = At(_at.Fused);
            ColumnKernel.Copy(fused, 2 * size, dGate, size, _rows, size);
            ColumnKernel.Copy(fused + size, 2 * size, dUp, size, _rows, size);
            LinearBackward(block, feedForward.Inputs[0], dNorm, fused, norm);
            return;
        }

        LowRankRead ofA = Reading(norm, feedForward.Inputs[0].Inputs, isMultiplied: false);
        LinearBackward(block, feedForward.Inputs[0], dNorm, dGate, norm, ref ofA);
        LinearBackward(block, feedForward.Inputs[1], dNorm, dUp, norm, ref ofA);
        ofA.Run();
    }

    // In: dx of what is added; out: dNorm.
    private void BackwardAttention(int block, float* dNorm, float* norm)
    {
        Attention attention = _model.Blocks[block].Attention;
        BlockActivations kept = _blocks[block];
        float* dAttended = At(_at.DAttended);
        float* dQuery = At(_at.DQuery);
        float* dKey = At(_at.DKey);
        float* dValue = At(_at.DValue);
        float* dAdded = Unnormed(_model.Blocks[block].PostAttentionNorm, At(kept.PostAttention), At(kept.PostAttentionStatistics));
        Clear(dAttended, _config.QuerySize);
        LinearBackward(block, attention.Output, dAttended, dAdded, At(kept.Attended));
        BackwardSegments(block, dQuery, dKey, dValue, dAttended);
        int half = _model.InverseFrequencies.Length;
        if (half > 0)
        {
            RotaryKernel.Backward(dQuery, At(_at.Cosine), At(_at.Sine), _rows, _config.HeadCount, _config.HeadSize, half);
            RotaryKernel.Backward(dKey, At(_at.Cosine), At(_at.Sine), _rows, _config.KeyValueHeadCount, _config.HeadSize, half);
        }

        if (attention.QueryNorm is { } queryNorm)
        {
            Clear(At(_at.DRawQuery), _config.QuerySize);
            Backward(queryNorm, At(_at.DRawQuery), dQuery, At(kept.RawQuery), At(kept.QueryStatistics), _rows * _config.HeadCount);
        }

        if (attention.KeyNorm is { } keyNorm)
        {
            Clear(At(_at.DRawKey), _config.KeyValueSize);
            Backward(keyNorm, At(_at.DRawKey), dKey, At(kept.RawKey), At(kept.KeyStatistics), _rows * _config.KeyValueHeadCount);
        }

        if (!attention.IsFused)
        {
            LowRankRead ofA = Reading(norm, attention.Query.Inputs, isMultiplied: false);
            LinearBackward(block, attention.Query, dNorm, At(_at.DRawQuery), norm, ref ofA);
            LinearBackward(block, attention.Key, dNorm, At(_at.DRawKey), norm, ref ofA);
            LinearBackward(block, attention.Value, dNorm, dValue, norm, ref ofA);
            ofA.Run();
            return;
        }

        float* fused = At(_at.Fused);
        int width = attention.Query.Outputs;
        ColumnKernel.Copy(fused, width, At(_at.DRawQuery), _config.QuerySize, _rows, _config.QuerySize);
        ColumnKernel.Copy(fused + _config.QuerySize, width, At(_at.DRawKey), _config.KeyValueSize, _rows, _config.KeyValueSize);
        ColumnKernel.Copy(
            fused + _config.QuerySize + _config.KeyValueSize, width, dValue, _config.KeyValueSize, _rows, _config.KeyValueSize);
        LinearBackward(block, attention.Query, dNorm, fused, norm);
    }

    // The gradient of what a norm before the addition read; dx itself where there is no norm.
    private float* Unnormed(NormLayer? norm, float* raw, float* statistics)
    {
        if (norm is null)
        {
            return At(_at.Dx);
        }

        float* dRaw = At(_at.DPost);
        Clear(dRaw, _config.HiddenSize);
        Backward(norm, dRaw, At(_at.Dx), raw, statistics, _rows);
        return dRaw;
    }

    private void PointSegments(BlockActivations kept)
    {
        if (_sharedCount > 0)
        {
            PointShared(kept);
            return;
        }

        int row = 0;
        for (int i = 0; i < _segmentCount; i++)
        {
            int tokens = Segments[i].QueryCount;
            Segments[i] = Segment(kept, row, tokens);
            row += tokens;
        }
    }

    // Some rows that see themselves and each other.
    private AttentionSegment Segment(BlockActivations kept, int row, int tokens) => new()
    {
        Query = At(kept.Query) + ((long)row * _config.QuerySize),
        Key = At(kept.Key) + ((long)row * _config.KeyValueSize),
        Value = At(kept.Value) + ((long)row * _config.KeyValueSize),
        Output = At(kept.Attended) + ((long)row * _config.QuerySize),
        LogSum = At(kept.LogSum) + ((long)row * _config.HeadCount),
        QueryCount = tokens,
        KeyCount = tokens,
        KeyStride = _config.KeyValueSize,
        KeyHeadStride = _config.HeadSize,
    };

    // The gradient of a linear layer is written by its first contribution, so its memory is cleared before.
    private void Clear(float* memory, int columns) => RowMemory.Clear(memory, _rows, columns);

    private void Copy(float* into, float* from, int columns) => RowMemory.Copy(into, from, _rows, columns);
}
