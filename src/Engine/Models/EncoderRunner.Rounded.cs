using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Models;

public sealed unsafe partial class EncoderRunner
{
    // In bfloat16 on 512 bits: what a product reads is rounded by what makes it, and biases and curves are taken while a block lies in the cache.
    private bool RunsRounded
        => _precision == Precision.BFloat16 && MatrixPath.HasBfloat16 && VectorPath.Width == VectorWidth.Bits512 && _model.Config.Activation == Activation.Gelu;

    // Numbers of the arena that rows in bfloat16 take; zero at first, so that what no column has stays zero.
    private static long RoundedFloats(int rows, int columns)
        => (long)RoundedLinearKernel.RowsPadded(rows) * RoundedLinearKernel.Padded(columns) / 2;

    private void RunRounded(AttentionSegment* segments, int texts, AttentionShape shape, int rows)
    {
        ModelConfig config = _model.Config;
        float* x = _arena.At(_x);
        ushort* rounded = (ushort*)_arena.At(_rounded);
        ushort* inner = (ushort*)_arena.At(_roundedInner);
        int hidden = RoundedLinearKernel.Padded(config.HiddenSize);
        int feedForward = RoundedLinearKernel.Padded(config.FeedForwardSize);
        float* result = RoundedLinearKernel.NeedsNoResult(config.HiddenSize) ? null : _arena.At(_inner);
        _model.EmbeddingNorm.ForwardRounded(x, rounded, hidden, null, rows, config.NormEpsilon);
        Observe(0, x, rows);
        for (int i = 0; i < _model.Blocks.Count; i++)
        {
            EncoderBlock block = _model.Blocks[i];
            Attend(block.Attention, segments, texts, shape, rounded, rows);
            block.AttentionNorm.ForwardRounded(x, rounded, hidden, block.Attention.Output.Bias, rows, config.NormEpsilon);
            RoundedLinearKernel.Forward(result, rounded, rows, block.Up.Weight, accumulate: false, new GeluEnd(inner, feedForward, Bias(block.Up)));
            RoundedLinearKernel.Forward(x, inner, rows, block.Down.Weight, accumulate: true, default(BiasEnd));
            block.OutputNorm.ForwardRounded(x, rounded, hidden, block.Down.Bias, rows, config.NormEpsilon);
            Observe(i + 1, x, rows);
        }
    }

    // x += the output layer without its bias.
    private void Attend(Attention attention, AttentionSegment* segments, int texts, AttentionShape shape, ushort* rounded, int rows)
    {
        float* x = _arena.At(_x);
        float* query = _arena.At(_query);
        float* key = _arena.At(_key);
        float* value = _arena.At(_value);
        float* attended = _arena.At(_attended);
        if (!Bfloat16Attention.CanRunRounded(shape) || !RoundedLinearKernel.NeedsNoResult(attention.Query.Inputs))
        {
            RoundedLinearKernel.Forward(query, rounded, rows, attention.Query.Weight, accumulate: false, new BiasEnd(Bias(attention.Query)));
            RoundedLinearKernel.Forward(key, rounded, rows, attention.Key.Weight, accumulate: false, new BiasEnd(Bias(attention.Key)));
            RoundedLinearKernel.Forward(value, rounded, rows, attention.Value.Weight, accumulate: false, new BiasEnd(Bias(attention.Value)));
            AttentionKernel.Forward(segments, texts, shape, _precision);
            LinearKernel.Forward(x, attended, rows, attention.Output.Weight, accumulate: true, _precision);
            return;
        }

        Round(attention.Query, (ushort*)query, rounded, rows);
        Round(attention.Key, (ushort*)key, rounded, rows);
        Round(attention.Value, (ushort*)value, rounded, rows);
        AttentionSegment* first = segments + texts;
        int row = 0;
        for (int i = 0; i < texts; i++)
        {
            first[i] = segments[i];
            first[i].Query = (float*)((ushort*)query + ((long)row * shape.QueryStride));
            first[i].Key = (float*)((ushort*)key + ((long)row * segments[i].KeyStride));
            first[i].Value = (float*)((ushort*)value + ((long)row * segments[i].KeyStride));
            first[i].Output = (float*)((ushort*)attended + ((long)row * shape.QueryStride));
            row += segments[i].QueryCount;
        }

        Bfloat16Attention.ForwardRounded(first, texts, shape);
        RoundedLinearKernel.Forward(x, (ushort*)attended, rows, attention.Output.Weight, accumulate: true, default(BiasEnd));
    }

    private static void Round(LinearLayer layer, ushort* y, ushort* x, int rows)
        => RoundedLinearKernel.Forward(null, x, rows, layer.Weight, accumulate: false, new RoundedEnd(y, layer.Outputs, Bias(layer)));

    private static float* Bias(LinearLayer layer) => layer.Bias is null ? null : (float*)layer.Bias.Pointer;
}
