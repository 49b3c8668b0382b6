using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

internal static unsafe partial class Bfloat16Attention
{
    // Fewer keys at once than forward: scores, dp and both layouts of the slopes stay in the first cache.
    private const int BackwardKeyBlock = 64;

    /// <summary>As <see cref="AttentionKernel.Backward(float*, float*, float*, float*, AttentionSegment*, int, AttentionShape, float*, int, int)"/>.</summary>
    /// <remarks>Weights are computed again from the same rounded numbers as forward. Gradients of keys and values are summed turned: [size, keys].</remarks>
    public static void Backward(
        float* dQuery, float* dKey, float* dValue, float* dOutput, AttentionSegment* segments, int segmentCount, AttentionShape shape, float* perHead)
    {
        Place* places = Arrange(segments, segmentCount);
        Place all = places[segmentCount];
        int padded = Bfloat16AttentionPanels.Padded(shape.HeadSize);
        long panel = (long)all.Group * shape.KeyValueHeadCount * Group * padded;
        ushort* keys = (ushort*)KernelScratch.Get(KernelScratch.Part.AttentionPanels, 3 * panel * sizeof(ushort));
        var layout = new Layout(segments, places, segmentCount, shape, padded, isRounded: false);
        float* dValues = perHead + ((long)all.Key * shape.QueryStride);
        RowLoop.Run(all.Group * shape.KeyValueHeadCount, 1, new PackBody(layout, keys, keys + panel, keys + (2 * panel), null));
        RowLoop.Run(
            segmentCount * shape.HeadCount, 1,
            new BackwardBody(layout, keys, keys + panel, keys + (2 * panel), dQuery, perHead, dValues, dOutput));
        AttentionKernel.SumGroups(dKey, dValue, perHead, dValues, shape, all.Key);
    }

    /// <summary>Working memory of a thread, for one block of queries of one head.</summary>
    private readonly struct Work
    {
        public Work(int padded, int keysPadded)
        {
            const int Scores = QueryBlock * BackwardKeyBlock;
            int block = QueryBlock * padded;
            long turned = (long)padded * keysPadded;
            long floats = (2 * turned) + (2 * Scores);
            P = (float*)KernelScratch.Get(
                KernelScratch.Part.AttentionWork, (floats * sizeof(float)) + (((3L * Scores) + (5L * block)) * sizeof(ushort)));
            Dp = P + Scores;
            DKey = Dp + Scores;
            DValue = DKey + turned;
            Slopes = (ushort*)(DValue + turned);
            WeightPairs = Slopes + Scores;
            SlopePairs = WeightPairs + Scores;
            Query = SlopePairs + Scores;
            Up = Query + block;
            TurnedQuery = Up + block;
            TurnedUp = TurnedQuery + block;
            Steps = TurnedUp + block;
        }

        /// <summary>Scores [32, 64].</summary>
        public readonly float* P;

        /// <summary>do · v [32, 64].</summary>
        public readonly float* Dp;

        /// <summary>[padded, keys].</summary>
        public readonly float* DKey;

        /// <summary>[padded, keys].</summary>
        public readonly float* DValue;

        /// <summary>As a left-hand matrix [32, 64].</summary>
        public readonly ushort* Slopes;

        /// <summary>A tile for 32 keys: steps are queries.</summary>
        public readonly ushort* WeightPairs;

        /// <summary>The same.</summary>
        public readonly ushort* SlopePairs;

        /// <summary>[32, padded].</summary>
        public readonly ushort* Query;

        /// <summary>The output's gradient [32, padded].</summary>
        public readonly ushort* Up;

        /// <summary>[padded, 32].</summary>
        public readonly ushort* TurnedQuery;

        /// <summary>[padded, 32].</summary>
        public readonly ushort* TurnedUp;

        /// <summary>What is turned, on the way.</summary>
        public readonly ushort* Steps;
    }

    private readonly struct BackwardBody(
        Layout layout, ushort* keyColumns, ushort* keySteps, ushort* valueColumns, float* dQuery, float* dKeys, float* dValues, float* dOutput)
        : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int unit = firstRow; unit < endRow; unit++)
            {
                OneHead(unit / layout.Shape.HeadCount, unit % layout.Shape.HeadCount);
            }
        }

        private void OneHead(int at, int head)
        {
            AttentionShape shape = layout.Shape;
            AttentionSegment* segment = layout.Segment(at);
            int keysPadded = layout.Groups(at) * Group;
            var work = new Work(layout.Padded, keysPadded);
            new Span<float>(work.DKey, 2 * layout.Padded * keysPadded).Clear();
            for (int first = 0; first < segment->QueryCount; first += QueryBlock)
            {
                OneBlock(at, head, first, work, keysPadded);
            }

            long into = ((long)layout.At(at).Key * shape.QueryStride) + ((long)head * shape.HeadSize);
            TurnBack(dKeys + into, work.DKey, segment->KeyCount, keysPadded);
            TurnBack(dValues + into, work.DValue, segment->KeyCount, keysPadded);
        }

        private void OneBlock(int at, int head, int first, in Work work, int keysPadded)
        {
            AttentionShape shape = layout.Shape;
            AttentionSegment* segment = layout.Segment(at);
            int padded = layout.Padded;
            int stride = shape.QueryStride;
            int rows = Math.Min(QueryBlock, segment->QueryCount - first);
            long queryAt = ((long)first * stride) + ((long)head * shape.HeadSize);
            long upAt = ((long)layout.At(at).Query * stride) + queryAt;
            long panels = layout.Panels(at, head / shape.GroupSize);
            int firstSeen = shape.IsCausal ? segment->KeyCount - segment->QueryCount + first + 1 : segment->KeyCount;
            int lastSeen = shape.IsCausal ? firstSeen + rows - 1 : segment->KeyCount;
            float* deltas = stackalloc float[QueryBlock];
            for (int i = 0; i < rows; i++)
            {
                StridedKernel.Dot(
                    deltas + i, 1, dOutput + upAt + ((long)i * stride), stride, segment->Output + queryAt + ((long)i * stride), stride, 1, 1,
                    shape.HeadSize, 1f);
            }

            Lay(work.Query, work.TurnedQuery, work.Steps, segment->Query + queryAt, rows);
            Lay(work.Up, work.TurnedUp, work.Steps, dOutput + upAt, rows);
            int start = FirstBlock(firstSeen, BackwardKeyBlock, shape);
            for (bool accumulate = false; start < lastSeen; start += BackwardKeyBlock, accumulate = true)
            {
                int groups = (Math.Min(BackwardKeyBlock, lastSeen - start) + Group - 1) / Group;
                long columnsAt = panels + ((long)start * padded);
                for (int group = 0; group < groups; group++, columnsAt += Group * padded)
                {
                    int column = group * Group;
                    Multiply(
                        work.Query, padded, keyColumns + columnsAt, layout.TilesPerRow, work.P + column, BackwardKeyBlock, WholeRows(rows), false);
                    Multiply(
                        work.Up, padded, valueColumns + columnsAt, layout.TilesPerRow, work.Dp + column, BackwardKeyBlock, WholeRows(rows), false);
                }

                float* logSum = segment->LogSum + ((long)first * shape.HeadCount) + head;
                Slopes(work, logSum, deltas, rows, groups * Group, firstSeen - start, segment->KeyCount - start);
                for (int tile = 0; tile < layout.TilesPerRow; tile++)
                {
                    int column = tile * Group;
                    ushort* key = keySteps + panels + ((((long)tile * layout.Groups(at)) + (start / Group)) * TileNumbers);
                    Multiply(
                        work.Slopes, BackwardKeyBlock, key, groups, dQuery + upAt + column, stride, rows, accumulate,
                        Math.Min(Group, shape.HeadSize - column));
                }

                for (int group = 0; group < groups; group++)
                {
                    int column = start + (group * Group);
                    Multiply(work.TurnedQuery, Group, work.SlopePairs + (group * TileNumbers), 1, work.DKey + column, keysPadded, padded, true);
                    Multiply(work.TurnedUp, Group, work.WeightPairs + (group * TileNumbers), 1, work.DValue + column, keysPadded, padded, true);
                }
            }
        }

        private void Slopes(in Work work, float* logSum, float* deltas, int rows, int count, int seen, int keysLeft)
        {
            const int Half = BackwardKeyBlock / 4;
            AttentionShape shape = layout.Shape;
            if (shape.Cap != 0f)
            {
                Cap(work.P, BackwardKeyBlock, rows, count, shape);
                CapSlopes(work, deltas, rows, count, shape.Cap);
            }

            float factor = Bfloat16Softmax.Log2E * (shape.Cap == 0f ? shape.Scale : 1f);
            for (int i = 0; i < QueryBlock; i += 2)
            {
                uint* pairs = (uint*)work.WeightPairs + (i / 2 * Half);
                uint* slopePairs = (uint*)work.SlopePairs + (i / 2 * Half);
                if (i < rows)
                {
                    int at = i * BackwardKeyBlock;
                    Bfloat16Softmax.Slopes(
                        pairs, slopePairs, work.Slopes + at, work.P + at, work.Dp + at, BackwardKeyBlock,
                        Query(i), i + 1 < rows ? Query(i + 1) : default, count, factor, shape.Scale);
                    continue;
                }

                // Queries that do not exist give nothing to keys and values.
                for (int j = 0; j < count; j += Half, pairs += Half * Half, slopePairs += Half * Half)
                {
                    Vector512<uint>.Zero.Store(pairs);
                    Vector512<uint>.Zero.Store(slopePairs);
                }
            }

            Bfloat16Softmax.Query Query(int i)
            {
                int end = shape.IsCausal ? seen + i : keysLeft;
                return new Bfloat16Softmax.Query(
                    shape.Window == 0 ? 0 : end - shape.Window, Math.Min(end, keysLeft), logSum[(long)i * shape.HeadCount] * Bfloat16Softmax.Log2E,
                    shape.Cap == 0f ? deltas[i] : 0f);
            }
        }

        // dp becomes (dp - delta) times the slope of the cap.
        private static void CapSlopes(in Work work, float* deltas, int rows, int count, float cap)
        {
            for (int i = 0; i < rows; i++)
            {
                float* scores = work.P + (i * BackwardKeyBlock);
                float* dp = work.Dp + (i * BackwardKeyBlock);
                for (int j = 0; j < count; j++)
                {
                    float share = scores[j] / cap;
                    dp[j] = (dp[j] - deltas[i]) * (1f - (share * share));
                }
            }
        }

        private void Lay(ushort* into, ushort* turned, ushort* steps, float* from, int rows)
        {
            Bfloat16AttentionPanels.Round(into, from, layout.Shape.QueryStride, rows, layout.Shape.HeadSize);
            Bfloat16AttentionPanels.Steps(steps, TileNumbers, into, layout.Padded, layout.Padded);
            Bfloat16AttentionPanels.Turn(turned, steps, layout.Padded);
        }

        // [padded, keys] to the rows of a head.
        private void TurnBack(float* into, float* from, int keys, int keysPadded)
        {
            const int Lanes = 16;
            uint* turned = stackalloc uint[Lanes * Lanes];
            int size = layout.Shape.HeadSize;
            for (int key = 0; key < keys; key += Lanes)
            {
                for (int number = 0; number < size; number += Lanes)
                {
                    Bfloat16AttentionPanels.Transpose(turned, Lanes, (uint*)from + ((long)number * keysPadded) + key, keysPadded);
                    int count = Math.Min(Lanes, size - number);
                    for (int i = 0; i < Math.Min(Lanes, keys - key); i++)
                    {
                        new ReadOnlySpan<float>(turned + (i * Lanes), count)
                            .CopyTo(new Span<float>(into + ((long)(key + i) * layout.Shape.QueryStride) + number, count));
                    }
                }
            }
        }
    }
}
