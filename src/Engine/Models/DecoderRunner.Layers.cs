using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models;

public sealed unsafe partial class DecoderRunner
{
    // x of all rows after the last block. Caches hold the new keys and values but do not count them yet.
    private void RunLayers(ReadOnlySpan<SequencePiece> pieces)
    {
        ModelConfig config = _model.Config;
        _plan.Arrange(pieces, config);
        ReserveLowRank(_plan.RankMax);
        int rows = _plan.TokenCount;
        float* x = _arena.At(_x);
        float* norm = _arena.At(_norm);
        float* query = _arena.At(_query);
        float* key = _arena.At(_key);
        float* value = _arena.At(_value);
        float* attended = _arena.At(_attended);
        float* gate = _arena.At(_gate);
        float* up = _arena.At(_up);
        int half = _model.InverseFrequencies.Length;
        float* cosine = _arena.At(_cosine);
        float* sine = _arena.At(_sine);
        fixed (float* frequencies = _model.InverseFrequencies)
        {
            RotaryKernel.Angles(cosine, sine, _plan.Positions, frequencies, rows, half);
        }

        for (int row = 0; row < rows; row++)
        {
            _model.TokenEmbedding.DequantizeRow(
                _plan.Tokens[row], new Span<float>(x + ((long)row * config.HiddenSize), config.HiddenSize));
        }

        Observe(0, x);
        var shape = new AttentionShape(config.HeadCount, config.KeyValueHeadCount, config.HeadSize, IsCausal: true);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            DecoderBlock block = _model.Blocks[layer];
            RmsNormKernel.Forward(norm, null, x, (float*)block.AttentionNorm.Pointer, rows, config.HiddenSize, config.NormEpsilon);
            // Keys and values stay single precision: their rounding would reach every later token through the cache, and they are
            // a twentieth of the weights. With it int8 is nearer to float32 than llama.cpp is; without it, a little farther.
            Linear(block.Attention.Query, query, norm, accumulate: false, _precision);
            Linear(block.Attention.Key, key, norm, accumulate: false, Precision.Float32);
            Linear(block.Attention.Value, value, norm, accumulate: false, Precision.Float32);
            RotaryKernel.Forward(query, cosine, sine, rows, config.HeadCount, config.HeadSize, half);
            RotaryKernel.Forward(key, cosine, sine, rows, config.KeyValueHeadCount, config.HeadSize, half);
            AttentionSegment* segments = _plan.Segments(pieces, layer, query, key, value, attended, config);
            AttentionKernel.Forward(segments, pieces.Length, shape);
            Linear(block.Attention.Output, x, attended, accumulate: true, _precision);

            RmsNormKernel.Forward(norm, null, x, (float*)block.FeedForwardNorm.Pointer, rows, config.HiddenSize, config.NormEpsilon);
            Linear(block.FeedForward.Gate, gate, norm, accumulate: false, _precision);
            Linear(block.FeedForward.Up, up, norm, accumulate: false, _precision);
            SiluKernel.Forward(gate, gate, up, rows, config.FeedForwardSize);
            Linear(block.FeedForward.Down, x, gate, accumulate: true, _precision);
            if (layer + 1 < config.LayerCount)
            {
                Observe(layer + 1, x);
            }
        }

        if (HiddenObserver != null)
        {
            RmsNormKernel.Forward(norm, null, x, (float*)_model.FinalNorm.Pointer, rows, config.HiddenSize, config.NormEpsilon);
            Observe(config.LayerCount, norm);
        }
    }

    private void Linear(LinearLayer layer, float* y, float* x, bool accumulate, Precision precision)
    {
        layer.Forward(y, x, _plan.TokenCount, accumulate, precision);
        foreach (ref readonly PassPlan.AdapterGroup group in _plan.Groups)
        {
            LowRankFactors factors = group.Adapter.Factors(layer.Index);
            if (factors.Rank > 0)
            {
                float* z = LowRank;
                LowRankKernel.Project(
                    z, x + ((long)group.FirstRow * layer.Inputs), factors.A, group.RowCount, layer.Inputs, factors.Rank, factors.Scale);
                LowRankKernel.Expand(
                    y + ((long)group.FirstRow * layer.Outputs), z, factors.B, group.RowCount, layer.Outputs, factors.Rank);
            }
        }
    }

    private void Observe(int state, float* x)
        => HiddenObserver?.Invoke(state, new ReadOnlySpan<float>(x, _plan.TokenCount * _model.Config.HiddenSize));
}
