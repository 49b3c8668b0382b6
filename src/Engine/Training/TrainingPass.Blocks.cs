using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

internal sealed unsafe partial class TrainingPass
{
    // The gradient of a linear layer is written by its first contribution, so its memory is cleared before.
    private void Clear(float* memory, int columns)
        => new Span<byte>(memory, checked(_rows * columns * sizeof(float))).Clear();

    private void ForwardBlocks()
    {
        for (int block = 0; block < _config.LayerCount; block++)
        {
            ForwardBlock(block, Input(block), block + 1 < _config.LayerCount ? Input(block + 1) : _arena.At(_x));
        }
    }

    // From input to output; a null output stops before the last product, which the backward pass does not need.
    private void ForwardBlock(int block, float* input, float* output)
    {
        DecoderBlock layers = _model.Blocks[block];
        BlockActivations kept = _blocks[block];
        int hidden = _config.HiddenSize;
        int half = _model.InverseFrequencies.Length;
        float* norm = _arena.At(_norm);
        float* query = _arena.At(kept.Query);
        float* key = _arena.At(kept.Key);
        float* middle = _arena.At(kept.Middle);
        RmsNormKernel.Forward(
            norm, _arena.At(kept.InverseRms), input, (float*)layers.AttentionNorm.Pointer, _rows, hidden, _config.NormEpsilon);
        Linear(block, layers.Attention.Query, query, norm, accumulate: false);
        Linear(block, layers.Attention.Key, key, norm, accumulate: false);
        Linear(block, layers.Attention.Value, _arena.At(kept.Value), norm, accumulate: false);
        RotaryKernel.Forward(query, _arena.At(_cosine), _arena.At(_sine), _rows, _config.HeadCount, _config.HeadSize, half);
        RotaryKernel.Forward(key, _arena.At(_cosine), _arena.At(_sine), _rows, _config.KeyValueHeadCount, _config.HeadSize, half);
        PointSegments(kept);
        AttentionKernel.Forward(Segments, _segmentCount, Shape);
        Copy(middle, input, hidden);
        Linear(block, layers.Attention.Output, middle, _arena.At(kept.Attended), accumulate: true);

        RmsNormKernel.Forward(
            norm, _arena.At(kept.InverseRmsOfMiddle), middle, (float*)layers.FeedForwardNorm.Pointer, _rows, hidden, _config.NormEpsilon);
        Linear(block, layers.FeedForward.Gate, _arena.At(kept.Gate), norm, accumulate: false);
        Linear(block, layers.FeedForward.Up, _arena.At(kept.Up), norm, accumulate: false);
        float* inner = _arena.At(_inner);
        SiluKernel.Forward(inner, _arena.At(kept.Gate), _arena.At(kept.Up), _rows, _config.FeedForwardSize);
        if (output != null)
        {
            Copy(output, middle, hidden);
            Linear(block, layers.FeedForward.Down, output, inner, accumulate: true);
        }
        else
        {
            Project(block, layers.FeedForward.Down, inner);
        }
    }

    // In: dx, the gradient of the block's output; out: dx, the gradient of its input.
    private void BackwardBlock(int block)
    {
        DecoderBlock layers = _model.Blocks[block];
        BlockActivations kept = _blocks[block];
        int hidden = _config.HiddenSize;
        int feedForward = _config.FeedForwardSize;
        float* dx = _arena.At(_dx);
        float* dNorm = _arena.At(_dNorm);
        float* norm = _arena.At(_norm);
        float* inner = _arena.At(_inner);
        float* dGate = _arena.At(_dGate);
        float* dUp = _arena.At(_dUp);
        float* gate = _arena.At(kept.Gate);
        float* up = _arena.At(kept.Up);
        float* middle = _arena.At(kept.Middle);

        // The gradient of silu(gate) ⊙ up lies in dGate until the gate's own takes its place.
        SiluKernel.Forward(inner, gate, up, _rows, feedForward);
        Clear(dGate, feedForward);
        LinearBackward(block, layers.FeedForward.Down, dGate, dx, inner);
        SiluKernel.Backward(dGate, dUp, dGate, gate, up, _rows, feedForward);
        NormAgain(norm, middle, (float*)layers.FeedForwardNorm.Pointer);
        Clear(dNorm, hidden);
        LinearBackward(block, layers.FeedForward.Gate, dNorm, dGate, norm);
        LinearBackward(block, layers.FeedForward.Up, dNorm, dUp, norm);
        RmsNormKernel.Backward(
            dx, null, dNorm, middle, (float*)layers.FeedForwardNorm.Pointer, _arena.At(kept.InverseRmsOfMiddle), _rows, hidden);

        float* dAttended = _arena.At(_dAttended);
        float* dQuery = _arena.At(_dQuery);
        float* dKey = _arena.At(_dKey);
        float* dValue = _arena.At(_dValue);
        int half = _model.InverseFrequencies.Length;
        Clear(dAttended, _config.QuerySize);
        LinearBackward(block, layers.Attention.Output, dAttended, dx, _arena.At(kept.Attended));
        PointSegments(kept);
        AttentionKernel.Backward(dQuery, dKey, dValue, dAttended, Segments, _segmentCount, Shape, _arena.At(_perHead), _rows);
        RotaryKernel.Backward(dQuery, _arena.At(_cosine), _arena.At(_sine), _rows, _config.HeadCount, _config.HeadSize, half);
        RotaryKernel.Backward(dKey, _arena.At(_cosine), _arena.At(_sine), _rows, _config.KeyValueHeadCount, _config.HeadSize, half);
        NormAgain(norm, Input(block), (float*)layers.AttentionNorm.Pointer);

        // Nothing below the lowest adapted block learns, so nobody asks for the gradient of its input.
        bool hasInput = block > _lowestBlock;
        Clear(dNorm, hidden);
        LinearBackward(block, layers.Attention.Query, hasInput ? dNorm : null, dQuery, norm);
        LinearBackward(block, layers.Attention.Key, hasInput ? dNorm : null, dKey, norm);
        LinearBackward(block, layers.Attention.Value, hasInput ? dNorm : null, dValue, norm);
        if (hasInput)
        {
            RmsNormKernel.Backward(
                dx, null, dNorm, Input(block), (float*)layers.AttentionNorm.Pointer, _arena.At(kept.InverseRms), _rows, hidden);
        }
    }

    private void NormAgain(float* norm, float* x, float* gain)
        => RmsNormKernel.Forward(norm, null, x, gain, _rows, _config.HiddenSize, _config.NormEpsilon);

    // y (+)= x·Wᵀ + scale · (dropout(x)·Aᵀ)·Bᵀ
    private void Linear(int block, LinearLayer layer, float* y, float* x, bool accumulate)
    {
        layer.Forward(y, x, _rows, accumulate, Precision.Float32);
        LowRankFactors factors = _adapter.Factors(layer.Index);
        if (factors.Rank > 0)
        {
            LowRankKernel.Expand(y, Project(block, layer, x), factors.B, _rows, layer.Outputs, factors.Rank);
        }
    }

    // scale · dropout(x)·Aᵀ, kept for the gradient of B.
    private float* Project(int block, LinearLayer layer, float* x)
    {
        float* z = Projection(block, layer.Index % BlockActivations.LinearCount);
        LowRankFactors factors = _adapter.Factors(layer.Index);
        if (factors.Rank > 0)
        {
            LowRankKernel.Project(z, Dropped(layer, x), factors.A, _rows, layer.Inputs, factors.Rank, factors.Scale);
        }

        return z;
    }

    private float* Dropped(LinearLayer layer, float* x)
    {
        if (_dropout == 0f)
        {
            return x;
        }

        float* dropped = _arena.At(_dropped);
        DropoutKernel.Forward(dropped, x, _rows, layer.Inputs, _dropout, Mask(layer));
        return dropped;
    }

    private ulong Mask(LinearLayer layer) => DropoutKernel.Key(_dropoutKey, (ulong)layer.Index);

    // dx += dy·W + dropout'(dz·A) with dz = scale · dy·B;  dA += dzᵀ·dropout(x);  dB += dyᵀ·z
    private void LinearBackward(int block, LinearLayer layer, float* dx, float* dy, float* x)
    {
        if (dx != null)
        {
            layer.BackwardInput(dx, dy, _rows);
        }

        int at = _adapter.LayerOf(layer.Index);
        if (at < 0)
        {
            return;
        }

        Adapters.LoraLayer place = _adapter.Layers[at];
        LowRankFactors factors = _adapter.Factors(layer.Index);
        float* dz = _arena.At(_dProjection);
        float* z = Projection(block, layer.Index % BlockActivations.LinearCount);
        LowRankKernel.Outer(Gradients + place.OffsetOfB, z, dy, _rows, layer.Outputs, factors.Rank);
        LowRankKernel.Project(dz, dy, factors.B, _rows, layer.Outputs, factors.Rank, factors.Scale);
        LowRankKernel.Outer(Gradients + place.Offset, dz, Dropped(layer, x), _rows, layer.Inputs, factors.Rank);
        if (dx == null)
        {
            return;
        }

        if (_dropout == 0f)
        {
            LowRankKernel.Expand(dx, dz, factors.A, _rows, layer.Inputs, factors.Rank);
        }
        else
        {
            float* undropped = _arena.At(_dropped);
            Clear(undropped, layer.Inputs);
            LowRankKernel.Expand(undropped, dz, factors.A, _rows, layer.Inputs, factors.Rank);
            DropoutKernel.Backward(dx, undropped, _rows, layer.Inputs, _dropout, Mask(layer));
        }
    }

    private void PointSegments(BlockActivations kept)
    {
        int row = 0;
        for (int i = 0; i < _segmentCount; i++)
        {
            int tokens = Segments[i].QueryCount;
            Segments[i] = new AttentionSegment
            {
                Query = _arena.At(kept.Query) + ((long)row * _config.QuerySize),
                Key = _arena.At(kept.Key) + ((long)row * _config.KeyValueSize),
                Value = _arena.At(kept.Value) + ((long)row * _config.KeyValueSize),
                Output = _arena.At(kept.Attended) + ((long)row * _config.QuerySize),
                LogSum = _arena.At(kept.LogSum) + ((long)row * _config.HeadCount),
                QueryCount = tokens,
                KeyCount = tokens,
                KeyStride = _config.KeyValueSize,
                KeyHeadStride = _config.HeadSize,
            };
            row += tokens;
        }
    }

    private void Copy(float* into, float* from, int columns)
        => new ReadOnlySpan<float>(from, checked(_rows * columns)).CopyTo(new Span<float>(into, _rows * columns));
}
