using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Heads of one sequence whose keys and values go through a cache of integers with gaps, piece by piece.</summary>
internal sealed unsafe class CachedHeads
{
    private const int Together = 128;
    private const int Gap = 16;

    private readonly AttentionShape _shape;
    private readonly float[] _key;
    private readonly float[] _value;
    private readonly int _capacity;

    public CachedHeads(AttentionShape shape, int keys, int seed, float spread = 1f)
    {
        _shape = shape;
        Keys = keys;
        int row = shape.KeyValueHeadCount * shape.HeadSize;
        Query = Pinned(Numbers.Random(keys * shape.QueryStride, seed));
        Key = Pinned(Numbers.Random(keys * row, seed + 1));
        Value = Pinned(Numbers.Random(keys * row, seed + 2));
        Output = Pinned(new float[keys * shape.QueryStride]);
        _capacity = (keys + Together - 1) / Together * Together;
        _key = Pinned(new float[Floats]);
        _value = Pinned(new float[Floats]);
        if (spread != 1f)
        {
            // Some numbers far larger than the others, as real keys have them.
            for (int i = 0; i < Key.Length; i += shape.HeadSize)
            {
                Key[i + 1] *= spread;
            }
        }
    }

    public int Keys { get; }

    public float[] Query { get; }

    public float[] Key { get; }

    public float[] Value { get; }

    /// <summary>Of all queries [keys, heads, headSize]: each token is one.</summary>
    public float[] Output { get; }

    public static void Run(AttentionShape shape, Precision precision, params AttentionSegment[] segments)
    {
        fixed (AttentionSegment* at = segments)
        {
            IntegerAttention.Forward(at, segments.Length, shape, precision);
        }
    }

    /// <summary>The tokens from <paramref name="first"/> to <paramref name="end"/>, the ones before being in the cache.</summary>
    public AttentionSegment Piece(int first, int end)
    {
        int row = _shape.KeyValueHeadCount * _shape.HeadSize;
        return new AttentionSegment
        {
            Query = At(Query) + (first * _shape.QueryStride),
            Output = At(Output) + (first * _shape.QueryStride),
            Key = At(_key),
            Value = At(_value),
            NewKey = At(Key) + (first * row),
            NewValue = At(Value) + (first * row),
            QueryCount = end - first,
            KeyCount = end,
            KeyStride = WordPanels.FloatsPerToken(_shape.HeadSize),
            KeyHeadStride = HeadFloats,
            KeysTogether = Together,
            TogetherStride = TogetherFloats,
            AreIntegers = true,
        };
    }

    public float[] ReadWhole(Precision precision = Precision.Float32)
    {
        Run(_shape, precision, Piece(0, Keys));
        return [.. Output];
    }

    /// <summary>What the integers in the cache stand for: keys and values [keyValueHeads, keys, headSize].</summary>
    public (float[] Keys, float[] Values) Cached()
    {
        int size = _shape.HeadSize;
        int padded = WordPanels.Padded(size);
        var keys = new List<float>();
        var values = new List<float>();
        float[] row = new float[padded];
        fixed (float* into = row)
        {
            for (int head = 0; head < _shape.KeyValueHeadCount; head++)
            {
                for (int token = 0; token < Keys; token++)
                {
                    long block = (head * HeadFloats) + Piece(0, Keys).PlaceOf(token / 64 * 64);
                    WordPanels.GetKeys(into, padded, At(_key) + block, token % 64, 1, size);
                    keys.AddRange(row.AsSpan(0, size));
                    WordPanels.GetValues(into, padded, At(_value) + block, token % 64, 1, size);
                    values.AddRange(row.AsSpan(0, size));
                }
            }
        }

        return ([.. keys], [.. values]);
    }

    /// <summary>The formula on the numbers as they were, head by head.</summary>
    public double[] Expected()
    {
        int size = _shape.HeadSize;
        double[] expected = new double[Output.Length];
        float[] output = new float[Keys * size];
        for (int head = 0; head < _shape.HeadCount; head++)
        {
            int shared = head / _shape.GroupSize;
            AttentionKernel.ForwardPlain(
                output, Of(Query, head, _shape.HeadCount), Of(Key, shared, _shape.KeyValueHeadCount), Of(Value, shared, _shape.KeyValueHeadCount),
                Keys, Keys, _shape);
            for (int i = 0; i < output.Length; i++)
            {
                expected[(((i / size * _shape.HeadCount) + head) * size) + (i % size)] = output[i];
            }
        }

        return expected;

        float[] Of(float[] rows, int head, int heads)
            => [.. Enumerable.Range(0, Keys).SelectMany(token => rows.AsSpan(((token * heads) + head) * size, size).ToArray())];
    }

    private long HeadFloats => (long)Together * WordPanels.FloatsPerToken(_shape.HeadSize);

    private long TogetherFloats => (HeadFloats * _shape.KeyValueHeadCount) + Gap;

    private long Floats => (_capacity / Together * TogetherFloats) + 16;

    private static float* At(float[] pinned) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    // On the heap of arrays that never move.
    private static float[] Pinned(float[] numbers)
    {
        float[] pinned = GC.AllocateArray<float>(numbers.Length, pinned: true);
        numbers.CopyTo(pinned, 0);
        return pinned;
    }
}
