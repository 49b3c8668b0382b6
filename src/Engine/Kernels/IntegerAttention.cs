using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Attention over keys and values in 16-bit integers, whose products are exact integers: what serving reads its caches with.</summary>
/// <remarks>
/// <code>
/// s[i,j] = a[i] · b[j] · Σ q·k / √size,   q ≈ a · integers, k ≈ b · integers
/// o[i]   = Σ over blocks of w · Σ p·v,    p[j] · c[j] ≈ w · integers, v ≈ c[j] · integers
/// </code>
/// The rest is <see cref="AttentionKernel"/>: blocks of 64 keys from the start of the sequence, a running maximum. Queries are rounded once, weights block
/// by block, each row for itself: a row depends on no other, and as the products are exact it has the same bits on every vector width.
/// </remarks>
internal static unsafe class IntegerAttention
{
    private const int KeyBlock = AttentionKernel.KeyBlock;
    private const int QueryBlock = AttentionKernel.QueryBlock;

    /// <summary>As <see cref="AttentionKernel.Forward(AttentionSegment*, int, AttentionShape, Precision)"/>, for segments of integers.</summary>
    /// <param name="segments">[segmentCount]; outputs must not overlap inputs. Their new keys and values are put where they belong first.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="shape">Heads and their size.</param>
    /// <param name="precision">bfloat16 multiplies what the integers stand for in that, where this processor can.</param>
    public static void Forward(AttentionSegment* segments, int segmentCount, AttentionShape shape, Precision precision)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shape.HeadSize, AttentionKernel.HeadSizeMax, nameof(shape));
        bool isRounded = precision == Precision.BFloat16 && Bfloat16Attention.CanRun(shape);
        int blocks = 0;
        int newBlocks = 0;
        for (int i = 0; i < segmentCount; i++)
        {
            segments[i].FirstBlock = blocks;
            blocks += (segments[i].QueryCount + QueryBlock - 1) / QueryBlock;
            newBlocks += NewBlocks(segments + i, shape, isRounded);
        }

        RowLoop.Run(newBlocks * shape.KeyValueHeadCount, 1, new PutBody(segments, shape, isRounded));
        if (isRounded)
        {
            Bfloat16Attention.Forward(segments, segmentCount, shape);
            return;
        }

        RowLoop.Run(blocks * shape.HeadCount, 1, new ForwardBody(segments, segmentCount, blocks, shape));
    }

    // Where one unit of work is all that reads a head's keys, it puts the new one there itself: it is about to read what lies around it.
    private static bool IsPutByReader(AttentionSegment* segment, AttentionShape shape)
        => segment->QueryCount == 1 && shape.GroupSize <= QueryBlock;

    // Blocks of 64 keys that must be written before any is read.
    private static int NewBlocks(AttentionSegment* segment, AttentionShape shape, bool isRounded)
    {
        if (segment->NewKey == null || segment->QueryCount == 0 || (!isRounded && IsPutByReader(segment, shape)))
        {
            return 0;
        }

        return ((segment->KeyCount - 1) / KeyBlock) - ((segment->KeyCount - segment->QueryCount) / KeyBlock) + 1;
    }

    // The new tokens of a block of 64.
    private static void Put(AttentionSegment* segment, AttentionShape shape, int head, int block)
    {
        int size = shape.HeadSize;
        int firstNew = segment->KeyCount - segment->QueryCount;
        int first = Math.Max(firstNew, block * KeyBlock);
        int end = Math.Min(segment->KeyCount, (block + 1) * KeyBlock);
        long place = (head * segment->KeyHeadStride) + segment->PlaceOf(block * KeyBlock);
        for (int token = first; token < end; token++)
        {
            long from = (((long)(token - firstNew) * shape.KeyValueHeadCount) + head) * size;
            WordPanels.PutKey(segment->Key + place, token % KeyBlock, segment->NewKey + from, size);
            WordPanels.PutValue(segment->Value + place, token % KeyBlock, segment->NewValue + from, size);
        }
    }

    /// <summary>Blocks of new keys and values of a head, those of a segment one after another.</summary>
    private readonly struct PutBody(AttentionSegment* segments, AttentionShape shape, bool isRounded) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int unit = firstRow; unit < endRow; unit++)
            {
                int block = unit / shape.KeyValueHeadCount;
                AttentionSegment* segment = segments;
                for (int own; block >= (own = NewBlocks(segment, shape, isRounded)); segment++)
                {
                    block -= own;
                }

                Put(segment, shape, unit % shape.KeyValueHeadCount, ((segment->KeyCount - segment->QueryCount) / KeyBlock) + block);
            }
        }
    }

    private readonly struct ForwardBody(AttentionSegment* segments, int segmentCount, int blockCount, AttentionShape shape) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
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
                AttentionSegment* segment = segments + at;
                bool hasHeadRows = IsPutByReader(segment, shape);
                if (!hasHeadRows || head % shape.GroupSize == 0)
                {
                    if (hasHeadRows && segment->NewKey != null)
                    {
                        Put(segment, shape, head / shape.GroupSize, (segment->KeyCount - 1) / KeyBlock);
                    }

                    OneBlock(segment, (block - segment->FirstBlock) * QueryBlock, head, hasHeadRows);
                }
            }
        }

        private void OneBlock(AttentionSegment* segment, int firstQuery, int head, bool hasHeadRows)
        {
            int size = shape.HeadSize;
            int padded = WordPanels.Padded(size);
            float* scores = (float*)KernelScratch.Get(
                KernelScratch.Part.AttentionWork, QueryBlock * (((KeyBlock + (2L * padded)) * sizeof(float)) + ((KeyBlock + padded) * sizeof(short))));
            float* sums = scores + (QueryBlock * KeyBlock);
            float* products = sums + (QueryBlock * padded);
            short* queries = (short*)(products + (QueryBlock * padded));
            short* weights = queries + (QueryBlock * padded);
            int stride = hasHeadRows ? size : shape.QueryStride;
            int rows = hasHeadRows ? shape.GroupSize : Math.Min(QueryBlock, segment->QueryCount - firstQuery);
            int seenStep = hasHeadRows ? 0 : 1;
            long queryAt = ((long)firstQuery * shape.QueryStride) + ((long)head * size);
            long keyAt = (long)(head / shape.GroupSize) * segment->KeyHeadStride;
            int firstSeen = shape.IsCausal ? segment->KeyCount - segment->QueryCount + firstQuery + 1 : segment->KeyCount;
            int lastSeen = shape.IsCausal ? firstSeen + ((rows - 1) * seenStep) : segment->KeyCount;
            float* max = stackalloc float[QueryBlock];
            float* total = stackalloc float[QueryBlock];
            float* queryScales = stackalloc float[QueryBlock];
            float* weightScales = stackalloc float[QueryBlock];
            for (int i = 0; i < rows; i++)
            {
                max[i] = float.NegativeInfinity;
                total[i] = 0f;
                queryScales[i] = shape.Scale * WordPanels.RoundQuery(queries + (i * padded), segment->Query + queryAt + ((long)i * stride), size);
            }

            new Span<float>(sums, rows * padded).Clear();
            for (int start = AttentionKernel.FirstBlock(firstSeen, shape); start < lastSeen; start += KeyBlock)
            {
                int keys = Math.Min(KeyBlock, lastSeen - start);
                int groups = (keys + WordProduct.Group - 1) / WordProduct.Group;
                long blockAt = keyAt + segment->PlaceOf(start);
                float* key = segment->Key + blockAt;
                float* value = segment->Value + blockAt;
                WordProduct.Multiply(
                    (int*)scores, KeyBlock, queries, padded, (short*)key, WordPanels.KeyGroupWords(size), groups, (size + 1) / 2, rows);
                float* scales = WordPanels.Scales(value, size);
                for (int i = 0; i < rows; i++)
                {
                    float* row = scores + (i * KeyBlock);
                    Score(row, WordPanels.Scales(key, size), queryScales[i], groups * WordProduct.Group);
                    if (shape.Cap != 0f)
                    {
                        SoftCapKernel.Cap(row, keys, shape.Cap);
                    }

                    int seen = shape.IsCausal ? Math.Clamp(firstSeen + (i * seenStep) - start, 0, keys) : keys;
                    int passed = AttentionKernel.Passed(row, firstSeen + (i * seenStep) - start, seen, shape);
                    float factor = AttentionKernel.Weigh(row + passed, seen - passed, KeyBlock - passed, ref max[i], ref total[i]);
                    if (factor != 1f)
                    {
                        AttentionKernel.Scaled(sums + (i * padded), sums + (i * padded), factor, padded);
                    }

                    weightScales[i] = WordPanels.RoundWeights(weights + (i * KeyBlock), row, scales, (keys + 7) / 8 * 8);
                }

                WordProduct.Multiply(
                    (int*)products, padded, weights, KeyBlock, (short*)value, WordPanels.ValueGroupWords, padded / WordProduct.Group, (keys + 1) / 2,
                    rows);
                for (int i = 0; i < rows; i++)
                {
                    Add(sums + (i * padded), (int*)products + (i * padded), weightScales[i], padded);
                }
            }

            for (int i = 0; i < rows; i++)
            {
                AttentionKernel.Scaled(segment->Output + queryAt + ((long)i * stride), sums + (i * padded), 1f / total[i], size);
                if (segment->LogSum != null)
                {
                    long at = hasHeadRows ? head + i : ((long)(firstQuery + i) * shape.HeadCount) + head;
                    segment->LogSum[at] = max[i] + MathF.Log(total[i]);
                }
            }
        }
    }

    // Integers become scores in place.
    private static void Score(float* row, float* scales, float scale, int count)
    {
        for (int j = 0; j < count; j += 8)
        {
            (Vector256.ConvertToSingle(Vector256.Load((int*)row + j)) * (Vector256.Load(scales + j) * scale)).Store(row + j);
        }
    }

    private static void Add(float* sums, int* products, float scale, int count)
    {
        for (int j = 0; j < count; j += 8)
        {
            (Vector256.Load(sums + j) + (Vector256.ConvertToSingle(Vector256.Load(products + j)) * scale)).Store(sums + j);
        }
    }
}
