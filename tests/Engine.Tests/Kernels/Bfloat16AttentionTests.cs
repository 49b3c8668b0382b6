using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Attention in bfloat16 (F73) on every unit that this processor has, against its twin in single precision on rounded numbers.</summary>
/// <remarks>Where no unit multiplies bfloat16 the twin itself runs, and the tests hold that.</remarks>
[Collection(KernelSettings.Name)]
public sealed unsafe class Bfloat16AttentionTests
{
    /// <summary>Of squared distance to squared length. Weights and slopes are rounded by up to 2^-9 of themselves: 4e-6, and a few such roundings meet.</summary>
    private const double ErrorMax = 4e-5;

    /// <summary>Heads that share, sizes and lengths with tails, windows, caps, keys before the queries.</summary>
    private static readonly Case[] Cases =
    [
        new(new AttentionShape(1, 1, 32, false), [(3, 3)]), new(new AttentionShape(12, 12, 32, false), [(40, 40), (1, 1), (128, 128), (150, 150)]),
        new(new AttentionShape(3, 1, 64, true), [(33, 33), (31, 31), (300, 300), (2, 2)]), new(new AttentionShape(4, 2, 20, true), [(65, 65), (7, 7)]),
        new(new AttentionShape(2, 2, 96, true), [(129, 129)]), new(new AttentionShape(2, 1, 256, true), [(70, 70)]),
        new(new AttentionShape(2, 1, 64, true) { Window = 40 }, [(200, 200), (39, 39)]), new(new AttentionShape(2, 1, 33, true) { Window = 300 }, [(310, 310)]),
        new(new AttentionShape(2, 2, 48, true) { Cap = 1.5f }, [(90, 90), (64, 64)]), new(new AttentionShape(2, 1, 64, true) { Cap = 5f, Window = 16, Scale = 0.2f }, [(97, 97)]),
        new(new AttentionShape(6, 2, 64, true), [(5, 205), (1, 64), (40, 300)]),
    ];

    public static TheoryData<MatrixUnit> Units => [.. Enum.GetValues<MatrixUnit>().Where(unit => unit <= MatrixPath.Best)];

    [Theory]
    [MemberData(nameof(Units))]
    public void Outputs_and_gradients_are_those_of_rounded_numbers(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        foreach (Case one in Cases)
        {
            using var twin = new Heads(one, 1);
            using var fast = new Heads(one, 1);
            twin.Forward(Precision.Float32);
            fast.Forward(Precision.BFloat16);
            AssertNear(twin.Output, fast.Output, one, "output");
            AssertNear(twin.LogSum, fast.LogSum, one, "logSum");
            twin.Backward(Precision.Float32);
            fast.Backward(Precision.BFloat16);
            AssertNear(twin.DQuery, fast.DQuery, one, "dQuery");
            AssertNear(twin.DKey, fast.DKey, one, "dKey");
            AssertNear(twin.DValue, fast.DValue, one, "dValue");
        }
    });

    [Theory]
    [MemberData(nameof(Units))]
    public void A_sequence_has_the_same_bits_alone_and_among_others_on_any_number_of_threads(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        foreach (Case one in Cases)
        {
            using var together = new Heads(one, 2);
            KernelSettings.With(VectorPath.Width, 3, () => together.Run(Precision.BFloat16));
            (int query, int key) = (0, 0);
            foreach ((int queries, int keys) in one.Lengths)
            {
                using var alone = new Heads(one with { Lengths = [(queries, keys)] }, 2);
                together.CopyTo(alone, query, key);
                KernelSettings.With(VectorPath.Width, 1, () => alone.Run(Precision.BFloat16));
                AssertPart(alone.Output, together.Output, query * one.Shape.QueryStride);
                AssertPart(alone.DQuery, together.DQuery, query * one.Shape.QueryStride);
                AssertPart(alone.DKey, together.DKey, key * one.KeyStride);
                AssertPart(alone.DValue, together.DValue, key * one.KeyStride);
                query += queries;
                key += keys;
            }
        }
    });

    /// <summary>The last queries of a sequence, whose keys lie in a cache, have the bits that they have when the sequence is read at once.</summary>
    [Theory]
    [MemberData(nameof(Units))]
    public void A_query_has_the_same_bits_whichever_queries_are_beside_it(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        foreach (AttentionShape shape in (AttentionShape[])[new(3, 1, 64, true), new(2, 2, 32, true) { Window = 50 }])
        {
            using var whole = new Heads(new Case(shape, [(290, 290)]), 3);
            whole.Forward(Precision.BFloat16);
            foreach (int queries in (int[])[1, 2, 30, 33, 100])
            {
                using var last = new Heads(new Case(shape, [(queries, 290)]), 3);
                whole.CopyTo(last, 290 - queries, 0);
                last.Forward(Precision.BFloat16);
                AssertPart(last.Output, whole.Output, (290 - queries) * shape.QueryStride);
            }
        }
    });

    /// <summary>Rows that lie in memory as bfloat16 give what the same numbers in single precision give, rounded.</summary>
    [Theory]
    [MemberData(nameof(Units))]
    public void Rows_in_bfloat16_give_the_same_output_rounded(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        foreach (Case one in Cases.Where(one => Bfloat16Attention.CanRunRounded(one.Shape)))
        {
            using var floats = new Heads(one, 6);
            using var halves = new Heads(one, 6);
            floats.Forward(Precision.BFloat16);
            ushort[] output = halves.ForwardRounded();
            Assert.Equal([.. floats.Output.Select(x => (ushort)(Bfloat16Kernel.Round(x) >> 16))], output);
        }
    });

    [Fact]
    public void What_is_no_number_stays_none()
    {
        using var heads = new Heads(new Case(new AttentionShape(1, 1, 32, true), [(40, 40)]), 4);
        heads.Query[(20 * 32) + 3] = float.NaN;
        heads.Run(Precision.BFloat16);
        Assert.True(float.IsNaN(heads.Output[20 * 32]));
        Assert.True(float.IsNaN(heads.DKey[0]));
        Assert.False(float.IsNaN(heads.Output[19 * 32]));
        Assert.False(float.IsNaN(heads.Output[21 * 32]));
    }

    [Fact]
    public void A_head_too_large_for_the_unit_runs_in_single_precision()
    {
        using var fast = new Heads(new Case(new AttentionShape(1, 1, 288, true), [(9, 9)]), 5);
        using var twin = new Heads(new Case(new AttentionShape(1, 1, 288, true), [(9, 9)]), 5);
        fast.Run(Precision.BFloat16);
        twin.Run(Precision.Float32);
        Assert.Equal(twin.Output, fast.Output);
        Assert.Equal(twin.DQuery, fast.DQuery);
    }

    private static void AssertNear(float[] expected, float[] actual, Case of, string what)
    {
        double error = Numbers.NormalisedError([.. expected.Select(x => (double)x)], actual);
        double allowed = expected.Length == 1 ? 1e-3 : ErrorMax;
        Assert.True(error <= allowed, $"{what} of {of.Shape} over {string.Join(' ', of.Lengths)}: error {error:E2}, allowed {allowed:E2}.");
    }

    private static void AssertPart(float[] part, float[] whole, int at) => Assert.Equal(whole[at..(at + part.Length)], part);

    private sealed record Case(AttentionShape Shape, (int Queries, int Keys)[] Lengths)
    {
        public int KeyStride => Shape.KeyValueHeadCount * Shape.HeadSize;

        public int QueryRows => Lengths.Sum(length => length.Queries);

        public int KeyRows => Lengths.Sum(length => length.Keys);
    }

    /// <summary>All that attention reads and writes, in memory that stays where it is; inputs are bfloat16 numbers already.</summary>
    private sealed class Heads : IDisposable
    {
        private readonly Case _case;
        private readonly AttentionSegment[] _segments;
        private readonly List<System.Runtime.InteropServices.GCHandle> _handles = [];
        private readonly float[] _up;

        public Heads(Case one, int seed)
        {
            _case = one;
            Query = Pin(Inputs(one.QueryRows * one.Shape.QueryStride, seed));
            Key = Pin(Inputs(one.KeyRows * one.KeyStride, seed + 100));
            Value = Pin(Inputs(one.KeyRows * one.KeyStride, seed + 200));
            _up = Pin(Inputs(one.QueryRows * one.Shape.QueryStride, seed + 300));
            Output = Pin(new float[Query.Length]);
            LogSum = Pin(new float[one.QueryRows * one.Shape.HeadCount]);
            (DQuery, DKey, DValue) = (new float[Query.Length], new float[Key.Length], new float[Value.Length]);
            _segments = new AttentionSegment[one.Lengths.Length];
            (int query, int key) = (0, 0);
            for (int i = 0; i < _segments.Length; i++)
            {
                (int queries, int keys) = one.Lengths[i];
                _segments[i] = new AttentionSegment
                {
                    Query = At(Query) + (query * one.Shape.QueryStride),
                    Key = At(Key) + (key * one.KeyStride),
                    Value = At(Value) + (key * one.KeyStride),
                    Output = At(Output) + (query * one.Shape.QueryStride),
                    LogSum = At(LogSum) + (query * one.Shape.HeadCount),
                    QueryCount = queries,
                    KeyCount = keys,
                    KeyStride = one.KeyStride,
                    KeyHeadStride = one.Shape.HeadSize,
                };
                query += queries;
                key += keys;
            }
        }

        public float[] Query { get; }

        public float[] Key { get; }

        public float[] Value { get; }

        public float[] Output { get; }

        public float[] LogSum { get; }

        public float[] DQuery { get; }

        public float[] DKey { get; }

        public float[] DValue { get; }

        public void Forward(Precision precision)
        {
            fixed (AttentionSegment* segments = _segments)
            {
                AttentionKernel.Forward(segments, _segments.Length, _case.Shape, precision);
            }
        }

        public void Backward(Precision precision)
        {
            float[] perHead = new float[2 * _case.KeyRows * _case.Shape.QueryStride];
            fixed (AttentionSegment* segments = _segments)
            {
                fixed (float* dq = DQuery, dk = DKey, dv = DValue, p = perHead)
                {
                    AttentionKernel.Backward(dq, dk, dv, At(_up), segments, _segments.Length, _case.Shape, p, _case.QueryRows, _case.KeyRows, precision);
                }
            }
        }

        /// <summary>With rows of 16 bits, and room after the queries.</summary>
        public ushort[] ForwardRounded()
        {
            const int RoomRows = 31;
            ushort[] query = Halves(Query, RoomRows * _case.Shape.QueryStride);
            ushort[] key = Halves(Key, 0);
            ushort[] value = Halves(Value, 0);
            ushort[] output = new ushort[Query.Length];
            fixed (ushort* q = query, k = key, v = value, o = output)
            {
                AttentionSegment[] own = [.. _segments];
                (int queryRow, int keyRow) = (0, 0);
                for (int i = 0; i < own.Length; i++)
                {
                    own[i].Query = (float*)(q + (queryRow * _case.Shape.QueryStride));
                    own[i].Output = (float*)(o + (queryRow * _case.Shape.QueryStride));
                    own[i].Key = (float*)(k + (keyRow * _case.KeyStride));
                    own[i].Value = (float*)(v + (keyRow * _case.KeyStride));
                    queryRow += own[i].QueryCount;
                    keyRow += own[i].KeyCount;
                }

                fixed (AttentionSegment* segments = own)
                {
                    Bfloat16Attention.ForwardRounded(segments, own.Length, _case.Shape);
                }
            }

            return output;

            static ushort[] Halves(float[] numbers, int room)
                => [.. numbers.Select(x => (ushort)(Bfloat16Kernel.Round(x) >> 16)), .. new ushort[room]];
        }

        public void Run(Precision precision)
        {
            Forward(precision);
            Backward(precision);
        }

        /// <summary>Gives another the inputs that it needs, from a query and a key of this one on.</summary>
        public void CopyTo(Heads other, int query, int key)
        {
            Array.Copy(Query, query * _case.Shape.QueryStride, other.Query, 0, other.Query.Length);
            Array.Copy(_up, query * _case.Shape.QueryStride, other._up, 0, other._up.Length);
            Array.Copy(Key, key * _case.KeyStride, other.Key, 0, other.Key.Length);
            Array.Copy(Value, key * _case.KeyStride, other.Value, 0, other.Value.Length);
        }

        public void Dispose() => _handles.ForEach(handle => handle.Free());

        private static float* At(float[] pinned) => (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

        private static float[] Inputs(int count, int seed)
            => [.. Numbers.Random(count, seed).Select(x => BitConverter.UInt32BitsToSingle(Bfloat16Kernel.Round(2f * x)))];

        private float[] Pin(float[] array)
        {
            _handles.Add(System.Runtime.InteropServices.GCHandle.Alloc(array, System.Runtime.InteropServices.GCHandleType.Pinned));
            return array;
        }
    }
}
