using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Scaled dot-product attention over several sequences at once, with grouped queries, and its gradient.</summary>
/// <remarks>
/// <code>
/// s[i,j] = q[i]·k[j] / √size,   p[i,:] = softmax over the keys that i may see,   o[i] = Σ over j of p[i,j] · v[j]
/// </code>
/// A window of W lets i see the keys i - W + 1 to i; a cap makes the scores cap · tanh(s / cap) first.
/// The scores exist only in blocks of 16 queries by 64 keys: a running maximum and sum replace the row (Dao et al. 2022, FlashAttention,
/// https://arxiv.org/abs/2205.14135, algorithm 1); the backward pass computes them again from log Σ exp. Blocks of keys count from the
/// start of the sequence, so a query's sum has one order, alone, in a batch or through a cache.
/// </remarks>
public static unsafe partial class AttentionKernel
{
    /// <summary>Keys of a block, which lie one after another.</summary>
    internal const int KeyBlock = 64;

    /// <summary>Queries of a block.</summary>
    internal const int QueryBlock = 16;

    /// <summary>Numbers of a head at most.</summary>
    internal const int HeadSizeMax = 512;

    /// <summary>Computes the output of every query of every segment.</summary>
    /// <param name="segments">[segmentCount]; outputs must not overlap inputs.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="shape">Heads and their size.</param>
    /// <exception cref="ArgumentOutOfRangeException">A head has more than 512 numbers.</exception>
    public static void Forward(AttentionSegment* segments, int segmentCount, AttentionShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shape.HeadSize, HeadSizeMax, nameof(shape));
        int blocks = 0;
        for (int i = 0; i < segmentCount; i++)
        {
            segments[i].FirstBlock = blocks;
            blocks += (segments[i].QueryCount + QueryBlock - 1) / QueryBlock;
        }

        RowLoop.Run(blocks * shape.HeadCount, 1, new ForwardBody(segments, segmentCount, blocks, shape));
    }

    /// <summary>As the other; in bfloat16 where that is asked for and this processor multiplies it.</summary>
    /// <param name="segments">[segmentCount]; outputs must not overlap inputs.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="shape">Heads and their size.</param>
    /// <param name="precision">Of the products; anything but bfloat16 is single precision.</param>
    public static void Forward(AttentionSegment* segments, int segmentCount, AttentionShape shape, Precision precision)
    {
        if (precision == Precision.BFloat16 && Bfloat16Attention.CanRun(shape))
        {
            Bfloat16Attention.Forward(segments, segmentCount, shape);
            return;
        }

        Forward(segments, segmentCount, shape);
    }

    /// <summary>The formulas as written for one head, for tests: no blocks, double sums.</summary>
    internal static void ForwardPlain(
        Span<float> output, ReadOnlySpan<float> query, ReadOnlySpan<float> key, ReadOnlySpan<float> value,
        int queries, int keys, AttentionShape shape)
    {
        int headSize = shape.HeadSize;
        double[] p = new double[keys];
        for (int i = 0; i < queries; i++)
        {
            int seen = shape.IsCausal ? keys - queries + i + 1 : keys;
            int from = shape.Window == 0 ? 0 : Math.Max(0, seen - shape.Window);
            double sum = 0;
            for (int j = from; j < seen; j++)
            {
                double score = 0;
                for (int d = 0; d < headSize; d++)
                {
                    score += (double)query[(i * headSize) + d] * key[(j * headSize) + d];
                }

                score *= shape.Scale;
                p[j] = Math.Exp(shape.Cap == 0 ? score : shape.Cap * Math.Tanh(score / shape.Cap));
                sum += p[j];
            }

            for (int d = 0; d < headSize; d++)
            {
                double o = 0;
                for (int j = from; j < seen; j++)
                {
                    o += p[j] / sum * value[(j * headSize) + d];
                }

                output[(i * headSize) + d] = (float)o;
            }
        }
    }

    private readonly struct ForwardBody(AttentionSegment* segments, int segmentCount, int blockCount, AttentionShape shape) : IRowBody
    {
        [SkipLocalsInit]
        public void Invoke(int firstRow, int endRow)
        {
            float* scores = stackalloc float[QueryBlock * KeyBlock];
            float* sums = stackalloc float[QueryBlock * HeadSizeMax];
            for (int unit = firstRow; unit < endRow; unit++)
            {
                // The last blocks see the most keys: they go first, so that no thread is left with a long one at the end.
                int block = blockCount - 1 - (unit / shape.HeadCount);
                int at = segmentCount - 1;
                while (segments[at].FirstBlock > block || segments[at].QueryCount == 0)
                {
                    at--;
                }

                // One query alone: the heads that share keys and values are its rows, so that those are read once for all of them.
                int head = unit % shape.HeadCount;
                bool hasHeadRows = segments[at].QueryCount == 1 && shape.GroupSize is > 1 and <= QueryBlock;
                if (!hasHeadRows || head % shape.GroupSize == 0)
                {
                    OneBlock(segments + at, (block - segments[at].FirstBlock) * QueryBlock, head, hasHeadRows, scores, sums);
                }
            }
        }

        private void OneBlock(AttentionSegment* segment, int firstQuery, int head, bool hasHeadRows, float* scores, float* sums)
        {
            int size = shape.HeadSize;
            int stride = hasHeadRows ? size : shape.QueryStride;
            int rows = hasHeadRows ? shape.GroupSize : Math.Min(QueryBlock, segment->QueryCount - firstQuery);
            int seenStep = hasHeadRows ? 0 : 1;
            long queryAt = ((long)firstQuery * stride) + ((long)head * size);
            long keyAt = (long)(head / shape.GroupSize) * segment->KeyHeadStride;
            int firstSeen = shape.IsCausal ? segment->KeyCount - segment->QueryCount + firstQuery + 1 : segment->KeyCount;
            int lastSeen = shape.IsCausal ? firstSeen + ((rows - 1) * seenStep) : segment->KeyCount;
            float* max = stackalloc float[QueryBlock];
            float* total = stackalloc float[QueryBlock];
            for (int i = 0; i < rows; i++)
            {
                max[i] = float.NegativeInfinity;
                total[i] = 0f;
            }

            new Span<float>(sums, rows * size).Clear();
            for (int start = FirstBlock(firstSeen, shape); start < lastSeen; start += KeyBlock)
            {
                int keys = Math.Min(KeyBlock, lastSeen - start);
                long blockAt = keyAt + segment->PlaceOf(start);
                StridedKernel.Dot(
                    scores, KeyBlock, segment->Query + queryAt, stride, segment->Key + blockAt, segment->KeyStride, rows, keys, size,
                    shape.Scale);
                if (shape.Cap != 0f)
                {
                    SoftCapKernel.Cap(scores, ((rows - 1) * KeyBlock) + keys, shape.Cap);
                }

                for (int i = 0; i < rows; i++)
                {
                    int seen = shape.IsCausal ? Math.Clamp(firstSeen + (i * seenStep) - start, 0, keys) : keys;
                    int passed = Passed(scores + (i * KeyBlock), firstSeen + (i * seenStep) - start, seen, shape);
                    float factor = Weigh(scores + (i * KeyBlock) + passed, seen - passed, keys - passed, ref max[i], ref total[i]);
                    if (factor != 1f)
                    {
                        Multiply(sums + (i * size), factor, size);
                    }
                }

                StridedKernel.Add(
                    sums, size, scores, KeyBlock, 1, segment->Value + blockAt, segment->KeyStride, rows, size, keys);
            }

            for (int i = 0; i < rows; i++)
            {
                Scaled(segment->Output + queryAt + ((long)i * stride), sums + (i * size), 1f / total[i], size);
                if (segment->LogSum != null)
                {
                    long at = hasHeadRows ? head + i : ((long)(firstQuery + i) * shape.HeadCount) + head;
                    segment->LogSum[at] = max[i] + MathF.Log(total[i]);
                }
            }
        }
    }

    /// <summary>The block of the first key that the first of some queries sees; blocks count from the start of the sequence.</summary>
    internal static int FirstBlock(int seen, AttentionShape shape)
        => shape.Window == 0 ? 0 : Math.Max(0, seen - shape.Window) / KeyBlock * KeyBlock;

    /// <summary>Keys of a block that have slid out of a query's window: their weights are zeroed here.</summary>
    internal static int Passed(float* weights, int seenFromBlock, int seen, AttentionShape shape)
    {
        if (shape.Window == 0)
        {
            return 0;
        }

        int passed = Math.Clamp(seenFromBlock - shape.Window, 0, seen);
        new Span<float>(weights, passed).Clear();
        return passed;
    }

    /// <summary>Scores become exp(score - maximum), those from <paramref name="seen"/> to <paramref name="keys"/> zero.</summary>
    /// <returns>The factor for what was summed under the maximum before.</returns>
    internal static float Weigh(float* scores, int seen, int keys, ref float max, ref float total)
    {
        for (int j = seen; j < keys; j++)
        {
            scores[j] = 0f;
        }

        if (seen == 0)
        {
            return 1f;
        }

        float blockMax = max;
        int at = 0;
        if (seen >= 8)
        {
            var all = Vector256.Create(max);
            if (seen >= 16 && VectorPath.Width == VectorWidth.Bits512)
            {
                var twice = Vector512.Create(max);
                for (; at <= seen - 16; at += 16)
                {
                    twice = Vector512.Max(twice, Vector512.Load(scores + at));
                }

                all = Vector256.Max(twice.GetLower(), twice.GetUpper());
            }

            for (; at <= seen - 8; at += 8)
            {
                all = Vector256.Max(all, Vector256.Load(scores + at));
            }

            var four = Vector128.Max(all.GetLower(), all.GetUpper());
            blockMax = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
        }

        for (; at < seen; at++)
        {
            blockMax = Math.Max(blockMax, scores[at]);
        }

        float factor = max == blockMax ? 1f : MathF.Exp(max - blockMax);
        max = blockMax;
        total = (total * factor) + Exponentials(scores, seen, blockMax);
        return factor;
    }

    // The tail runs through the same vector code: an exponential must not depend on where in a block it stands. The sums have one order on every width.
    private static float Exponentials(float* scores, int count, float max)
    {
        var maxAll = Vector256.Create(max);
        Vector256<float> sums = default;
        int j = 0;
        if (VectorPath.Width == VectorWidth.Bits512)
        {
            var maxTwice = Vector512.Create(max);
            for (; j <= count - 16; j += 16)
            {
                var e = Exponential.Exp(Vector512.Load(scores + j) - maxTwice);
                e.Store(scores + j);
                sums += e.GetLower();
                sums += e.GetUpper();
            }
        }

        for (; j <= count - 8; j += 8)
        {
            var e = Exponential.Exp(Vector256.Load(scores + j) - maxAll);
            e.Store(scores + j);
            sums += e;
        }

        if (j < count)
        {
            float* tail = stackalloc float[8];
            for (int lane = 0; lane < 8; lane++)
            {
                tail[lane] = j + lane < count ? scores[j + lane] : float.NegativeInfinity;
            }

            var e = Exponential.Exp(Vector256.Load(tail) - maxAll);
            sums += e;
            for (int lane = 0; j + lane < count; lane++)
            {
                scores[j + lane] = e[lane];
            }
        }

        return Vector256.Sum(sums);
    }

    private static void Multiply(float* x, float factor, int count) => Scaled(x, x, factor, count);

    /// <summary>y = factor · x.</summary>
    internal static void Scaled(float* y, float* x, float factor, int count)
    {
        int j = 0;
        for (; j <= count - 8; j += 8)
        {
            (Vector256.Load(x + j) * factor).Store(y + j);
        }

        for (; j < count; j++)
        {
            y[j] = x[j] * factor;
        }
    }
}
