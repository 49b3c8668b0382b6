using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Models;

public sealed unsafe partial class DecoderRunner
{
    // Parts of a pass's rows that several threads share evenly.
    private const int PartsWanted = 16;

    // x of all rows after the last block. Caches hold the new keys and values but do not count them yet.
    private void RunLayers(ReadOnlySpan<SequencePiece> pieces)
    {
        ModelConfig config = _model.Config;
        _plan.Arrange(pieces, config);
        ReserveLowRank(_plan.RankMax, _plan.HasMagnitudes);
        int rows = _plan.TokenCount;
        float* x = _arena.At(_x);
        float* norm = _arena.At(_norm);
        Embed(x, rows);
        Observe(0, x);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            DecoderBlock block = _model.Blocks[layer];
            block.AttentionNorm.Forward(norm, null, x, rows);
            Attend(pieces, layer, norm);
            Add(block.Attention.Output, block.PostAttentionNorm, x, _arena.At(_attended));
            block.FeedForwardNorm?.Forward(norm, null, x, rows);
            FeedForward(block.FeedForward, norm);
            Add(block.FeedForward.Down, block.PostFeedForwardNorm, x, _arena.At(_gate));
            if (layer + 1 < config.LayerCount)
            {
                Observe(layer + 1, x);
            }
        }

        if (HiddenObserver != null)
        {
            HiddenObserver(LastBlock, new ReadOnlySpan<float>(x, rows * config.HiddenSize));
            _model.FinalNorm.Forward(norm, null, x, rows);
            Observe(config.LayerCount, norm);
        }
    }

    private void Embed(float* x, int rows)
    {
        ModelConfig config = _model.Config;
        int half = _model.InverseFrequencies.Length;
        if (half > 0)
        {
            fixed (float* frequencies = _model.InverseFrequencies)
            {
                RotaryKernel.Angles(
                    _arena.At(_cosine), _arena.At(_sine), _plan.Positions, frequencies, rows, half, config.Rotary!.Magnitude);
            }
        }

        for (int row = 0; row < rows; row++)
        {
            _model.Embed(
                _plan.Tokens[row], _plan.Positions[row], _plan.AdapterOf(row),
                new Span<float>(x + ((long)row * config.HiddenSize), config.HiddenSize));
        }
    }

    // From the normalised input to what all heads give.
    private void Attend(ReadOnlySpan<SequencePiece> pieces, int layer, float* norm)
    {
        ModelConfig config = _model.Config;
        Attention attention = _model.Blocks[layer].Attention;
        int rows = _plan.TokenCount;
        int half = _model.InverseFrequencies.Length;
        float* query = _arena.At(_query);
        float* key = _arena.At(_key);
        float* value = _arena.At(_value);

        // Keys and values stay single precision: their rounding would reach every later token through the cache, and they are
        // a twentieth of the weights. With it int8 is nearer to float32 than llama.cpp is; without it, a little farther.
        if (attention.IsFused)
        {
            float* fused = _arena.At(_fused);
            Linear(attention.Query, fused, norm, accumulate: false, Precision.Float32);
            int width = attention.Query.Outputs;
            ColumnKernel.Copy(query, config.QuerySize, fused, width, rows, config.QuerySize);
            ColumnKernel.Copy(key, config.KeyValueSize, fused + config.QuerySize, width, rows, config.KeyValueSize);
            ColumnKernel.Copy(value, config.KeyValueSize, fused + config.QuerySize + config.KeyValueSize, width, rows, config.KeyValueSize);
        }
        else
        {
            Linear(attention.Query, query, norm, accumulate: false, _precision);
            Linear(attention.Key, key, norm, accumulate: false, Precision.Float32);
            Linear(attention.Value, value, norm, accumulate: false, Precision.Float32);
        }

        attention.QueryNorm?.Forward(query, null, query, rows * config.HeadCount);
        attention.KeyNorm?.Forward(key, null, key, rows * config.KeyValueHeadCount);
        if (half > 0)
        {
            RotaryKernel.Forward(query, _arena.At(_cosine), _arena.At(_sine), rows, config.HeadCount, config.HeadSize, half);
            RotaryKernel.Forward(key, _arena.At(_cosine), _arena.At(_sine), rows, config.KeyValueHeadCount, config.HeadSize, half);
        }

        AttentionSegment* segments = _plan.Segments(pieces, layer, query, key, value, _arena.At(_attended), config);
        AttentionKernel.Forward(segments, pieces.Length, config.AttentionShape(layer));
    }

    // From the normalised input to what the last layer of the feed-forward part reads, in the gate's memory.
    private void FeedForward(FeedForward feedForward, float* norm)
    {
        ModelConfig config = _model.Config;
        int rows = _plan.TokenCount;
        int size = config.FeedForwardSize;
        float* gate = _arena.At(_gate);
        float* up = _arena.At(_up);
        if (!config.IsGated)
        {
            Linear(feedForward.Inputs[0], gate, norm, accumulate: false, _precision);
            ActivationKernel.Forward(config.Activation, gate, gate, rows, size);
            return;
        }

        if (feedForward.Inputs.Count == 1)
        {
            float* fused = _arena.At(_fused);
            Linear(feedForward.Inputs[0], fused, norm, accumulate: false, _precision);
            ColumnKernel.Copy(gate, size, fused, 2 * size, rows, size);
            ColumnKernel.Copy(up, size, fused + size, 2 * size, rows, size);
        }
        else
        {
            Linear(feedForward.Inputs[0], gate, norm, accumulate: false, _precision);
            Linear(feedForward.Inputs[1], up, norm, accumulate: false, _precision);
        }

        ActivationKernel.ForwardGated(config.Activation, gate, gate, up, rows, size);
    }

    // x += layer(y), or the norm of that.
    private void Add(LinearLayer layer, NormLayer? norm, float* x, float* y)
    {
        if (norm is null)
        {
            Linear(layer, x, y, accumulate: true, _precision);
            return;
        }

        float* sum = _arena.At(_fused);
        Linear(layer, sum, y, accumulate: false, _precision);
        norm.Forward(sum, null, sum, _plan.TokenCount);
        int count = _plan.TokenCount * _model.Config.HiddenSize;
        TensorPrimitives.Add(new ReadOnlySpan<float>(x, count), new ReadOnlySpan<float>(sum, count), new Span<float>(x, count));
    }

    private void Linear(LinearLayer layer, float* y, float* x, bool accumulate, Precision precision)
    {
        if (_plan.HasMagnitudes)
        {
            LinearWithGains(layer, y, x, accumulate, precision);
            return;
        }

        layer.Forward(y, x, _plan.TokenCount, accumulate, precision);
        AddLowRank(layer, y, x);
    }

    // What adapters without gains add to the rows of their sequences, all of them together.
    private void AddLowRank(LinearLayer layer, float* y, float* x)
    {
        if (_plan.Groups.IsEmpty)
        {
            return;
        }

        int rowsPerPart = Math.Clamp((_plan.TokenCount / PartsWanted + 3) / 4 * 4, 4, 32);
        int partsMax = _plan.Groups.Length + (_plan.TokenCount / rowsPerPart) + 1;
        var parts = (LowRankPart*)KernelScratch.Get(KernelScratch.Part.LowRankParts, (long)partsMax * sizeof(LowRankPart));
        int count = 0;
        foreach (ref readonly PassPlan.AdapterGroup group in _plan.Groups)
        {
            LowRankFactors factors = group.Adapter.Factors(layer.Index);
            if (factors.Rank == 0 || factors.Gain != null)
            {
                continue;
            }

            int end = group.FirstRow + group.RowCount;
            for (int row = group.FirstRow; row < end; row += rowsPerPart)
            {
                parts[count++] = new LowRankPart
                {
                    Y = y + ((long)row * layer.Outputs),
                    X = x + ((long)row * layer.Inputs),
                    Z = LowRank + ((long)row * _plan.RankMax),
                    A = factors.A,
                    B = factors.B,
                    Rows = Math.Min(rowsPerPart, end - row),
                    Rank = factors.Rank,
                    Scale = factors.Scale,
                };
            }
        }

        LowRankKernel.Apply(parts, count, layer.Inputs, layer.Outputs);
    }

    // A gain is on the whole product before the bias, so such rows have a product of their own. All others go as they always do:
    // a sequence's numbers must not depend on who else is in the pass.
    private void LinearWithGains(LinearLayer layer, float* y, float* x, bool accumulate, Precision precision)
    {
        int row = 0;
        foreach (ref readonly PassPlan.AdapterGroup group in _plan.Groups)
        {
            LowRankFactors factors = group.Adapter.Factors(layer.Index);
            if (factors.Gain == null)
            {
                continue;
            }

            Rows(row, group.FirstRow - row);
            row = group.FirstRow + group.RowCount;
            float* product = Direction;
            float* own = x + ((long)group.FirstRow * layer.Inputs);
            LinearKernel.Forward(product, own, group.RowCount, layer.Weight, accumulate: false, precision);
            LowRankKernel.Project(LowRank, own, factors.A, group.RowCount, layer.Inputs, factors.Rank, factors.Scale);
            LowRankKernel.Expand(product, LowRank, factors.B, group.RowCount, layer.Outputs, factors.Rank);
            GainKernel.Forward(
                y + ((long)group.FirstRow * layer.Outputs), product, factors.Gain, layer.Bias is null ? null : (float*)layer.Bias.Pointer,
                group.RowCount, layer.Outputs, accumulate);
        }

        Rows(row, _plan.TokenCount - row);
        AddLowRank(layer, y, x);

        void Rows(int first, int count)
        {
            if (count > 0)
            {
                layer.Forward(
                    y + ((long)first * layer.Outputs), x + ((long)first * layer.Inputs), count, accumulate, precision);
            }
        }
    }

    private void Observe(int state, float* x)
        => HiddenObserver?.Invoke(state, new ReadOnlySpan<float>(x, _plan.TokenCount * _model.Config.HiddenSize));
}
