using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

public static unsafe partial class AttentionKernel
{
    /// <summary>Gradients of queries, keys and values of packed sequences.</summary>
    /// <remarks>
    /// <code>
    /// p = exp(s - log Σ),  dp[i,j] = do[i]·v[j],  ds = p · (dp - do[i]·o[i])
    /// with a cap: ds · (1 - (s / cap)²), s after the cap
    /// dq[i] = Σ ds[i,j]·k[j] / √size,   dk[j] = Σ ds[i,j]·q[i] / √size,   dv[j] = Σ p[i,j]·do[i]
    /// </code>
    /// A thread owns a query head of a segment, so each head writes its own dk and dv; the heads of a group are then summed in order.
    /// Written, not added: nothing else flows into queries, keys and values. A segment may have more keys than queries; those before its
    /// queries' own are keys of what stands before, and get their gradient as the others do.
    /// </remarks>
    /// <param name="dQuery">Output [rows, heads, headSize].</param>
    /// <param name="dKey">Output [keyRows, keyValueHeads, headSize]: the keys of one segment after those of another.</param>
    /// <param name="dValue">Output, as dKey.</param>
    /// <param name="dOutput">Gradient of the output [rows, heads, headSize].</param>
    /// <param name="segments">As given to Forward: queries packed, in the order of the rows, with LogSum.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="shape">Heads and their size.</param>
    /// <param name="perHead">Working memory of two times [keyRows, heads, headSize].</param>
    /// <param name="rows">Queries of all segments.</param>
    /// <param name="keyRows">Keys of all segments.</param>
    public static void Backward(
        float* dQuery, float* dKey, float* dValue, float* dOutput, AttentionSegment* segments, int segmentCount,
        AttentionShape shape, float* perHead, int rows, int keyRows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shape.HeadSize, HeadSizeMax, nameof(shape));
        float* keys = perHead;
        float* values = perHead + ((long)keyRows * shape.QueryStride);
        RowLoop.Run(rows, RowChunk.Rows(rows, shape.QueryStride), new ClearBody(dQuery, shape.QueryStride));
        RowLoop.Run(2 * keyRows, RowChunk.Rows(2 * keyRows, shape.QueryStride), new ClearBody(perHead, shape.QueryStride));
        RowLoop.Run(
            segmentCount * shape.HeadCount, 1, new BackwardBody(dQuery, keys, values, dOutput, segments, shape));
        SumGroups(dKey, dValue, keys, values, shape, keyRows);
    }

    /// <summary>As the other; in bfloat16 where that is asked for and this processor multiplies it. Forward must have been of the same precision.</summary>
    public static void Backward(
        float* dQuery, float* dKey, float* dValue, float* dOutput, AttentionSegment* segments, int segmentCount,
        AttentionShape shape, float* perHead, int rows, int keyRows, Precision precision)
    {
        if (precision == Precision.BFloat16 && Bfloat16Attention.CanRun(shape))
        {
            Bfloat16Attention.Backward(dQuery, dKey, dValue, dOutput, segments, segmentCount, shape, perHead);
            return;
        }

        Backward(dQuery, dKey, dValue, dOutput, segments, segmentCount, shape, perHead, rows, keyRows);
    }

    /// <summary>The gradients of keys and values from those of every query head.</summary>
    internal static void SumGroups(float* dKey, float* dValue, float* keys, float* values, AttentionShape shape, int rows)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 2L * shape.QueryStride), new GroupBody(dKey, dValue, keys, values, shape));

    private readonly struct ClearBody(float* x, int columns) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
            => new Span<float>(x + ((long)firstRow * columns), (endRow - firstRow) * columns).Clear();
    }

    private readonly struct GroupBody(float* dKey, float* dValue, float* keys, float* values, AttentionShape shape) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int size = shape.HeadSize;
            for (int row = firstRow; row < endRow; row++)
            {
                for (int head = 0; head < shape.KeyValueHeadCount; head++)
                {
                    long into = (((long)row * shape.KeyValueHeadCount) + head) * size;
                    long from = (((long)row * shape.HeadCount) + (head * shape.GroupSize)) * size;
                    Gather(dKey + into, keys + from, size);
                    Gather(dValue + into, values + from, size);
                }
            }
        }

        private void Gather(float* into, float* from, int size)
        {
            for (int j = 0; j < size; j++)
            {
                float sum = from[j];
                for (int member = 1; member < shape.GroupSize; member++)
                {
                    sum += from[(member * size) + j];
                }

                into[j] = sum;
            }
        }
    }

    private readonly struct BackwardBody(
        float* dQuery, float* dKey, float* dValue, float* dOutput, AttentionSegment* segments,
        AttentionShape shape) : IRowBody
    {
        [SkipLocalsInit]
        public void Invoke(int firstRow, int endRow)
        {
            float* p = stackalloc float[QueryBlock * KeyBlock];
            float* ds = stackalloc float[QueryBlock * KeyBlock];
            for (int unit = firstRow; unit < endRow; unit++)
            {
                int at = unit / shape.HeadCount;
                long row = 0;
                long keyRow = 0;
                for (int i = 0; i < at; i++)
                {
                    row += segments[i].QueryCount;
                    keyRow += segments[i].KeyCount;
                }

                OneHead(segments + at, row, keyRow, unit % shape.HeadCount, p, ds);
            }
        }

        private void OneHead(AttentionSegment* segment, long row, long keyRow, int head, float* p, float* ds)
        {
            int size = shape.HeadSize;
            int stride = shape.QueryStride;
            long headAt = (row * stride) + ((long)head * size);
            long keysAt = (keyRow * stride) + ((long)head * size);
            int before = segment->KeyCount - segment->QueryCount;
            float* key = segment->Key + ((long)(head / shape.GroupSize) * segment->KeyHeadStride);
            float* value = segment->Value + ((long)(head / shape.GroupSize) * segment->KeyHeadStride);
            float* deltas = stackalloc float[QueryBlock];
            for (int first = 0; first < segment->QueryCount; first += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, segment->QueryCount - first);
                float* query = segment->Query + ((long)first * stride) + ((long)head * size);
                float* output = segment->Output + ((long)first * stride) + ((long)head * size);
                float* up = dOutput + headAt + ((long)first * stride);
                float* logSum = segment->LogSum + ((long)first * shape.HeadCount) + head;
                for (int i = 0; i < rows; i++)
                {
                    StridedKernel.Dot(
                        deltas + i, 1, up + ((long)i * stride), stride, output + ((long)i * stride), stride, 1, 1, size, 1f);
                }

                int firstSeen = before + first + 1;
                int lastSeen = shape.IsCausal ? before + first + rows : segment->KeyCount;
                for (int start = FirstBlock(firstSeen, shape); start < lastSeen; start += KeyBlock)
                {
                    int keys = Math.Min(KeyBlock, lastSeen - start);
                    float* keyBlock = key + ((long)start * segment->KeyStride);
                    float* valueBlock = value + ((long)start * segment->KeyStride);
                    StridedKernel.Dot(p, KeyBlock, query, stride, keyBlock, segment->KeyStride, rows, keys, size, shape.Scale);
                    StridedKernel.Dot(ds, KeyBlock, up, stride, valueBlock, segment->KeyStride, rows, keys, size, 1f);
                    for (int i = 0; i < rows; i++)
                    {
                        int seen = shape.IsCausal ? Math.Clamp(firstSeen + i - start, 0, keys) : keys;
                        int passed = Passed(p + (i * KeyBlock), firstSeen + i - start, seen, shape);
                        new Span<float>(ds + (i * KeyBlock), passed).Clear();
                        float* weights = p + (i * KeyBlock) + passed;
                        float* slopes = ds + (i * KeyBlock) + passed;
                        if (shape.Cap != 0f)
                        {
                            CapSlopes(weights, slopes, seen - passed, deltas[i], shape.Cap);
                        }

                        Slopes(
                            weights, slopes, seen - passed, keys - passed, logSum[(long)i * shape.HeadCount],
                            shape.Cap == 0f ? deltas[i] : 0f, shape.Scale);
                    }

                    long blockAt = keysAt + ((long)start * stride);
                    StridedKernel.Add(
                        dQuery + headAt + ((long)first * stride), stride, ds, KeyBlock, 1, keyBlock, segment->KeyStride, rows, size, keys);
                    StridedKernel.Add(dKey + blockAt, stride, ds, 1, KeyBlock, query, stride, keys, size, rows);
                    StridedKernel.Add(dValue + blockAt, stride, p, 1, KeyBlock, up, stride, keys, size, rows);
                }
            }
        }

        // In: scores before the cap, and dp; out: scores after it, and (dp - delta) times the cap's slope.
        private static void CapSlopes(float* scores, float* dp, int seen, float delta, float cap)
        {
            SoftCapKernel.Cap(scores, seen, cap);
            for (int j = 0; j < seen; j++)
            {
                float share = scores[j] / cap;
                dp[j] = (dp[j] - delta) * (1f - (share * share));
            }
        }

        // In: scores and dp; out: p and ds, the latter with the scores' factor. Keys that are not seen get zero.
        private static void Slopes(float* p, float* ds, int seen, int keys, float logSum, float delta, float scale)
        {
            var logSums = Vector256.Create(logSum);
            var deltas = Vector256.Create(delta);
            int j = 0;
            if (VectorPath.Width == VectorWidth.Bits512)
            {
                var logSumsTwice = Vector512.Create(logSum);
                var deltasTwice = Vector512.Create(delta);
                for (; j <= seen - 16; j += 16)
                {
                    var e = Exponential.Exp(Vector512.Load(p + j) - logSumsTwice);
                    e.Store(p + j);
                    (e * (Vector512.Load(ds + j) - deltasTwice) * scale).Store(ds + j);
                }
            }

            for (; j <= seen - 8; j += 8)
            {
                var e = Exponential.Exp(Vector256.Load(p + j) - logSums);
                e.Store(p + j);
                (e * (Vector256.Load(ds + j) - deltas) * scale).Store(ds + j);
            }

            for (; j < seen; j++)
            {
                float e = MathF.Exp(p[j] - logSum);
                p[j] = e;
                ds[j] = e * (ds[j] - delta) * scale;
            }

            for (; j < keys; j++)
            {
                p[j] = 0f;
                ds[j] = 0f;
            }
        }
    }
}
