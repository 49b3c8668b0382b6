using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models;

public sealed unsafe partial class DecoderRunner
{
    // x of all rows after the last block. Caches hold the new keys and values but do not count them yet.
    private void RunLayers(ReadOnlySpan<SequencePiece> pieces)
    {
        ModelConfig config = _model.Config;
        _plan.Arrange(pieces, config, ComputesPromptsApart);
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

        // What keys and values are made of is not rounded to bytes: their error would reach every later token through the cache, and they
        // are a twentieth of the weights. With it int8 is nearer to float32 than llama.cpp is; without it, a little farther.
        if (attention.IsFused)
        {
            float* fused = _arena.At(_fused);
            Linears([new LinearOutput(attention.Query, fused, isFine: true)], norm, accumulate: false);
            int width = attention.Query.Outputs;
            ColumnKernel.Copy(query, config.QuerySize, fused, width, rows, config.QuerySize);
            ColumnKernel.Copy(key, config.KeyValueSize, fused + config.QuerySize, width, rows, config.KeyValueSize);
            ColumnKernel.Copy(value, config.KeyValueSize, fused + config.QuerySize + config.KeyValueSize, width, rows, config.KeyValueSize);
        }
        else
        {
            Linears(
                [
                    new LinearOutput(attention.Query, query),
                    new LinearOutput(attention.Key, key, isFine: true),
                    new LinearOutput(attention.Value, value, isFine: true),
                ],
                norm,
                accumulate: false);
        }

        attention.QueryNorm?.Forward(query, null, query, rows * config.HeadCount);
        attention.KeyNorm?.Forward(key, null, key, rows * config.KeyValueHeadCount);
        if (half > 0)
        {
            RotaryKernel.Forward(query, _arena.At(_cosine), _arena.At(_sine), rows, config.HeadCount, config.HeadSize, half);
            RotaryKernel.Forward(key, _arena.At(_cosine), _arena.At(_sine), rows, config.KeyValueHeadCount, config.HeadSize, half);
        }

        AttentionSegment* segments = _plan.Segments(pieces, layer, query, key, value, _arena.At(_attended), config);
        AttentionShape shape = config.AttentionShape(layer);
        int prompts = _plan.PromptPieceCount;
        if (_cachePrecision == CachePrecision.Int16)
        {
            IntegerAttention.Forward(segments, prompts, shape, _promptPrecision);
            IntegerAttention.Forward(segments + prompts, pieces.Length - prompts, shape, Precision.Float32);
            return;
        }

        AttentionKernel.Forward(segments, prompts, shape, _promptPrecision);
        AttentionKernel.Forward(segments + prompts, pieces.Length - prompts, shape);
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
            Linears([new LinearOutput(feedForward.Inputs[0], gate)], norm, accumulate: false);
            ActivationKernel.Forward(config.Activation, gate, gate, rows, size);
            return;
        }

        if (feedForward.Inputs.Count == 1)
        {
            float* fused = _arena.At(_fused);
            Linears([new LinearOutput(feedForward.Inputs[0], fused)], norm, accumulate: false);
            ColumnKernel.Copy(gate, size, fused, 2 * size, rows, size);
            ColumnKernel.Copy(up, size, fused + size, 2 * size, rows, size);
        }
        else
        {
            Linears([new LinearOutput(feedForward.Inputs[0], gate), new LinearOutput(feedForward.Inputs[1], up)], norm, accumulate: false);
        }

        ActivationKernel.ForwardGated(config.Activation, gate, gate, up, rows, size);
    }

    // x += layer(y), or the norm of that.
    private void Add(LinearLayer layer, NormLayer? norm, float* x, float* y)
    {
        if (norm is null)
        {
            Linears([new LinearOutput(layer, x)], y, accumulate: true);
            return;
        }

        float* sum = _arena.At(_fused);
        Linears([new LinearOutput(layer, sum)], y, accumulate: false);
        norm.Forward(sum, null, sum, _plan.TokenCount);
        int count = _plan.TokenCount * _model.Config.HiddenSize;
        TensorPrimitives.Add(new ReadOnlySpan<float>(x, count), new ReadOnlySpan<float>(sum, count), new Span<float>(x, count));
    }

    private void Observe(int state, float* x)
        => HiddenObserver?.Invoke(state, new ReadOnlySpan<float>(x, _plan.TokenCount * _model.Config.HiddenSize));
}
