using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Kernels;

/// <summary>Attention whose products are of bfloat16 numbers with sums in single precision, and its gradient.</summary>
/// <remarks>
/// <para>
/// Queries, keys, values, weights and slopes are rounded before they are multiplied; scores, their maximum, sums and logarithms are single
/// precision. The formulas are those of <see cref="AttentionKernel"/>, in blocks of 32 queries by 128 keys. Keys and values are rounded and laid out once for
/// all heads and blocks that read them.
/// </para>
/// <para>
/// Blocks of keys count from the start of the sequence and a row of a product depends on no other, so a query has the same numbers alone,
/// in a batch and through a cache. Where <see cref="CanRun"/> says no, single precision does the work.
/// </para>
/// </remarks>
internal static unsafe partial class Bfloat16Attention
{
    private const int QueryBlock = 32;
    private const int KeyBlock = 128;
    private const int Group = Bfloat16AttentionPanels.Group;
    private const int TileNumbers = Bfloat16AttentionPanels.TileNumbers;
    private const int HeadSizeMax = 256;

    /// <summary>Whether this processor and the settings of the kernels allow it for such heads.</summary>
    public static bool CanRun(AttentionShape shape)
        => MatrixPath.HasBfloat16 && VectorPath.Width == VectorWidth.Bits512 && shape.HeadSize <= HeadSizeMax && shape.Scale > 0f;

    /// <summary>As <see cref="AttentionKernel.Forward(AttentionSegment*, int, AttentionShape)"/>.</summary>
    public static void Forward(AttentionSegment* segments, int segmentCount, AttentionShape shape) => Forward(segments, segmentCount, shape, isRounded: false);

    /// <summary>Whether <see cref="ForwardRounded"/> can.</summary>
    public static bool CanRunRounded(AttentionShape shape) => CanRun(shape) && shape.HeadSize % Group == 0;

    /// <summary>As <see cref="Forward(AttentionSegment*, int, AttentionShape)"/>, the rows of the segments and their output being bfloat16: half the memory.</summary>
    /// <remarks>Up to 31 rows of queries after those of a segment are read, though not used: they must lie in memory.</remarks>
    public static void ForwardRounded(AttentionSegment* segments, int segmentCount, AttentionShape shape) => Forward(segments, segmentCount, shape, isRounded: true);

    private static void Forward(AttentionSegment* segments, int segmentCount, AttentionShape shape, bool isRounded)
    {
        Place* places = Arrange(segments, segmentCount);
        Place all = places[segmentCount];
        int padded = Bfloat16AttentionPanels.Padded(shape.HeadSize);
        long panel = (long)all.Group * shape.KeyValueHeadCount * Group * padded;
        ushort* keys = (ushort*)KernelScratch.Get(KernelScratch.Part.AttentionPanels, 2 * panel * sizeof(ushort));
        var layout = new Layout(segments, places, segmentCount, shape, padded, isRounded);
        RowLoop.Run(all.Group * shape.KeyValueHeadCount, 1, new PackBody(layout, keys, null, null, keys + panel));
        RowLoop.Run(all.Block * shape.HeadCount, 1, new ForwardBody(layout, all.Block, keys, keys + panel));
    }

    private static Place* Arrange(AttentionSegment* segments, int segmentCount)
    {
        var places = (Place*)KernelScratch.Get(KernelScratch.Part.AttentionPlaces, (segmentCount + 1L) * sizeof(Place));
        places[0] = default;
        for (int i = 0; i < segmentCount; i++)
        {
            places[i + 1] = new Place
            {
                Block = places[i].Block + ((segments[i].QueryCount + QueryBlock - 1) / QueryBlock),
                Group = places[i].Group + ((segments[i].KeyCount + Group - 1) / Group),
                Query = places[i].Query + segments[i].QueryCount,
                Key = places[i].Key + segments[i].KeyCount,
            };
        }

        return places;
    }

    private static void Multiply(ushort* a, int aStride, ushort* b, int steps, float* c, nint cStride, int rows, bool accumulate, int columns = Group)
    {
        var call = new Bfloat16Routine.Call
        {
            A = a,
            ARowBytes = (nint)aStride * sizeof(ushort),
            B = b,
            Steps = steps,
            C = c,
            CRowBytes = cStride * sizeof(float),
        };
        Bfloat16Block.Multiply(call, rows, columns, accumulate);
    }

    // Tiles take whole blocks: what the rows that do not exist hold does not matter, nobody reads their results.
    private static int WholeRows(int rows) => MatrixPath.HasBfloat16Tiles ? QueryBlock : rows;

    // The block of the first key that the first of some queries sees; blocks count from the start of the sequence.
    private static int FirstBlock(int seen, int block, AttentionShape shape)
        => shape.Window == 0 ? 0 : Math.Max(0, seen - shape.Window) / block * block;

    /// <summary>What stands before a segment.</summary>
    private struct Place
    {
        /// <summary>Blocks of queries.</summary>
        public int Block;

        /// <summary>Groups of 32 keys.</summary>
        public int Group;

        /// <summary>Queries.</summary>
        public int Query;

        /// <summary>Keys.</summary>
        public int Key;
    }

    /// <summary>Where the panels of a head of a segment lie: [groups of the segment][tiles of a row] tiles, or those turned.</summary>
    private readonly struct Layout(AttentionSegment* segments, Place* places, int segmentCount, AttentionShape shape, int padded, bool isRounded)
    {
        public AttentionShape Shape => shape;

        public bool IsRounded => isRounded;

        public int Padded => padded;

        public int TilesPerRow => padded / Group;

        public AttentionSegment* Segment(int at) => segments + at;

        public Place At(int segment) => places[segment];

        public int Groups(int segment) => places[segment + 1].Group - places[segment].Group;

        public long Panels(int segment, int head)
            => (((long)places[segment].Group * shape.KeyValueHeadCount) + ((long)head * Groups(segment))) * Group * padded;

        public int SegmentOfGroup(int group)
        {
            int at = segmentCount - 1;
            while (places[at].Group > group)
            {
                at--;
            }

            return at;
        }

        public int SegmentOfBlock(int block)
        {
            int at = segmentCount - 1;
            while (places[at].Block > block || segments[at].QueryCount == 0)
            {
                at--;
            }

            return at;
        }
    }

    /// <summary>A group of 32 keys of a head: as columns for products over its numbers, as steps for products over keys.</summary>
    private readonly struct PackBody(Layout layout, ushort* keyColumns, ushort* keySteps, ushort* valueColumns, ushort* valueSteps) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            ushort* rounded = stackalloc ushort[Group * layout.Padded];
            for (int unit = firstRow; unit < endRow; unit++)
            {
                int group = unit / layout.Shape.KeyValueHeadCount;
                int head = unit % layout.Shape.KeyValueHeadCount;
                int at = layout.SegmentOfGroup(group);
                AttentionSegment* segment = layout.Segment(at);
                int own = group - layout.At(at).Group;
                long from = (head * segment->KeyHeadStride) + segment->PlaceOf(own * Group);
                int keys = Math.Min(Group, segment->KeyCount - (own * Group));
                long panels = layout.Panels(at, head);
                int groups = layout.Groups(at);
                if (segment->AreIntegers)
                {
                    from = (head * segment->KeyHeadStride) + segment->PlaceOf(own * Group / WordPanels.Tokens * WordPanels.Tokens);
                    LayIntegers(rounded, segment, from, own, keys, panels, groups);
                    continue;
                }

                ushort* rows = Rows(rounded, segment->Key, from, segment->KeyStride, keys, out nint stride);
                Lay(rows, stride, keyColumns, keySteps, panels, own, groups);
                rows = Rows(rounded, segment->Value, from, segment->KeyStride, keys, out stride);
                Lay(rows, stride, valueColumns, valueSteps, panels, own, groups);
            }
        }

        // Of a cache of integers; they are made numbers first.
        private void LayIntegers(ushort* rounded, AttentionSegment* segment, long block, int own, int keys, long panels, int groups)
        {
            int size = layout.Shape.HeadSize;
            int padded = layout.Padded;
            int first = own * Group % WordPanels.Tokens;
            float* numbers = (float*)KernelScratch.Get(KernelScratch.Part.AttentionWork, (long)Group * padded * sizeof(float));
            WordPanels.GetKeys(numbers, padded, segment->Key + block, first, keys, size);
            Bfloat16AttentionPanels.Round(rounded, numbers, padded, keys, size);
            Lay(rounded, padded, keyColumns, keySteps, panels, own, groups);
            WordPanels.GetValues(numbers, padded, segment->Value + block, first, keys, size);
            Bfloat16AttentionPanels.Round(rounded, numbers, padded, keys, size);
            Lay(rounded, padded, valueColumns, valueSteps, panels, own, groups);
        }

        // 32 rows in bfloat16: where they are, or in the buffer.
        private ushort* Rows(ushort* buffer, float* matrix, long from, int rowStride, int rows, out nint stride)
        {
            int size = layout.Shape.HeadSize;
            stride = layout.Padded;
            if (!layout.IsRounded)
            {
                Bfloat16AttentionPanels.Round(buffer, matrix + from, rowStride, rows, size);
                return buffer;
            }

            ushort* own = (ushort*)matrix + from;
            if (rows == Group)
            {
                stride = rowStride;
                return own;
            }

            for (int row = 0; row < rows; row++)
            {
                new ReadOnlySpan<ushort>(own + ((long)row * rowStride), size).CopyTo(new Span<ushort>(buffer + (row * size), size));
            }

            new Span<ushort>(buffer + (rows * size), (Group - rows) * size).Clear();
            return buffer;
        }

        private void Lay(ushort* rows, nint stride, ushort* columns, ushort* steps, long panels, int group, int groups)
        {
            int padded = layout.Padded;
            if (columns != null)
            {
                Bfloat16AttentionPanels.Columns(columns + panels + ((long)group * Group * padded), rows, stride, padded);
            }

            if (steps != null)
            {
                Bfloat16AttentionPanels.Steps(steps + panels + ((long)group * TileNumbers), (nint)groups * TileNumbers, rows, stride, padded);
            }
        }
    }

    private readonly struct ForwardBody(Layout layout, int blockCount, ushort* keys, ushort* values) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int heads = layout.Shape.HeadCount;
            for (int unit = firstRow; unit < endRow; unit++)
            {
                // The last blocks see the most keys: they go first, so that no thread is left with a long one at the end.
                int block = blockCount - 1 - (unit / heads);
                int at = layout.SegmentOfBlock(block);
                OneBlock(at, (block - layout.At(at).Block) * QueryBlock, unit % heads);
            }
        }

        private void OneBlock(int at, int firstQuery, int head)
        {
            AttentionShape shape = layout.Shape;
            AttentionSegment* segment = layout.Segment(at);
            int padded = layout.Padded;
            float* scores = (float*)KernelScratch.Get(
                KernelScratch.Part.AttentionWork,
                ((QueryBlock * (KeyBlock + padded)) * sizeof(float)) + ((QueryBlock * (KeyBlock + padded)) * sizeof(ushort)));
            float* sums = scores + (QueryBlock * KeyBlock);
            ushort* weights = (ushort*)(sums + (QueryBlock * padded));
            ushort* queries = weights + (QueryBlock * KeyBlock);
            int rows = Math.Min(QueryBlock, segment->QueryCount - firstQuery);
            long queryAt = ((long)firstQuery * shape.QueryStride) + ((long)head * shape.HeadSize);
            long panels = layout.Panels(at, head / shape.GroupSize);
            int groupsOfSegment = layout.Groups(at);
            int firstSeen = shape.IsCausal ? segment->KeyCount - segment->QueryCount + firstQuery + 1 : segment->KeyCount;
            int lastSeen = shape.IsCausal ? firstSeen + rows - 1 : segment->KeyCount;
            float factor = Bfloat16Softmax.Log2E * (shape.Cap == 0f ? shape.Scale : 1f);
            float* max = stackalloc float[QueryBlock];
            float* total = stackalloc float[QueryBlock];
            new Span<float>(max, rows).Fill(float.NegativeInfinity);
            new Span<float>(total, rows).Clear();
            int queryStride = padded;
            if (layout.IsRounded)
            {
                queries = (ushort*)segment->Query + queryAt;
                queryStride = shape.QueryStride;
            }
            else
            {
                Bfloat16AttentionPanels.Round(queries, segment->Query + queryAt, shape.QueryStride, rows, shape.HeadSize);
            }

            int first = FirstBlock(firstSeen, KeyBlock, shape);
            for (int start = first; start < lastSeen; start += KeyBlock)
            {
                int groups = (Math.Min(KeyBlock, lastSeen - start) + Group - 1) / Group;
                ushort* key = keys + panels + ((long)start * padded);
                for (int group = 0; group < groups; group++, key += Group * padded)
                {
                    Multiply(queries, queryStride, key, layout.TilesPerRow, scores + (group * Group), KeyBlock, WholeRows(rows), accumulate: false);
                }

                if (shape.Cap != 0f)
                {
                    Cap(scores, KeyBlock, rows, groups * Group, shape);
                }

                for (int i = 0; i < rows; i++)
                {
                    int seen = shape.IsCausal ? Math.Clamp(firstSeen + i - start, 0, groups * Group) : Math.Min(segment->KeyCount - start, groups * Group);
                    int from = shape.Window == 0 ? 0 : Math.Clamp(firstSeen + (shape.IsCausal ? i : 0) - shape.Window - start, 0, seen);
                    float rest = Bfloat16Softmax.Weigh(
                        weights + (i * KeyBlock), scores + (i * KeyBlock), from, seen, groups * Group, factor, ref max[i], ref total[i]);
                    if (rest != 1f && start > first)
                    {
                        AttentionKernel.Scaled(sums + (i * padded), sums + (i * padded), rest, padded);
                    }
                }

                ushort* value = values + panels + ((long)start / Group * TileNumbers);
                for (int tile = 0; tile < layout.TilesPerRow; tile++, value += (long)groupsOfSegment * TileNumbers)
                {
                    Multiply(weights, KeyBlock, value, groups, sums + (tile * Group), padded, WholeRows(rows), accumulate: start > first);
                }
            }

            for (int i = 0; i < rows; i++)
            {
                float* sum = sums + (i * padded);
                long outputAt = queryAt + ((long)i * shape.QueryStride);
                AttentionKernel.Scaled(layout.IsRounded ? sum : segment->Output + outputAt, sum, 1f / total[i], shape.HeadSize);
                if (layout.IsRounded)
                {
                    Bfloat16Kernel.RoundRow((ushort*)segment->Output + outputAt, sum, shape.HeadSize, shape.HeadSize);
                }

                if (segment->LogSum != null)
                {
                    segment->LogSum[((long)(firstQuery + i) * shape.HeadCount) + head] = (max[i] / Bfloat16Softmax.Log2E) + MathF.Log(total[i]);
                }
            }
        }
    }

    // Scores times the scale, then within the cap.
    private static void Cap(float* scores, int stride, int rows, int count, AttentionShape shape)
    {
        for (int i = 0; i < rows; i++)
        {
            float* row = scores + (i * stride);
            AttentionKernel.Scaled(row, row, shape.Scale, count);
            SoftCapKernel.Cap(row, count, shape.Cap);
        }
    }
}
