using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Attention over caches of 16-bit integers: near the formula, and the same bits however it is cut up.</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class IntegerAttentionTests
{
    /// <summary>Of squared distance to squared length; half precision has 1e-7 and more.</summary>
    private const double ErrorMax = 5e-8;

    private static readonly (AttentionShape Shape, int Keys)[] Cases =
    [
        (new(1, 1, 32, true), 3), (new(9, 3, 64, true), 150), (new(4, 2, 33, true), 130), (new(8, 1, 80, true), 70), (new(7, 1, 128, true), 65),
        (new(2, 2, 256, true), 40), (new(2, 1, 512, true), 67), (new(32, 1, 16, true), 64), (new(3, 3, 20, true), 1), (new(2, 1, 7, true), 90),
        (new(6, 2, 64, true) { Window = 40 }, 200), (new(2, 1, 33, true) { Window = 100 }, 310), (new(4, 4, 48, true) { Cap = 1.5f }, 97),
        (new(5, 1, 64, true) { Cap = 5f, Window = 16, Scale = 0.2f }, 97), (new(34, 2, 32, true), 129),
    ];

    public static TheoryData<VectorWidth> Widths => KernelSettings.Widths;

    [Fact]
    public void Outputs_are_near_the_formula_s()
    {
        foreach ((AttentionShape shape, int keys) in Cases)
        {
            foreach (float spread in (float[])[1f, 30f])
            {
                var heads = new CachedHeads(shape, keys, 1, spread);
                double error = Numbers.NormalisedError(heads.Expected(), heads.ReadWhole());
                Assert.True(error <= ErrorMax, $"{shape}, {keys} keys, spread {spread}: error {error:E2}, allowed {ErrorMax:E2}.");
            }
        }
    }

    // Caps and exponentials are the same vectors on every width but the plain one, where caps have the library's tanh.
    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_width_gives_the_same_bits(VectorWidth width)
    {
        foreach ((AttentionShape shape, int keys) in Cases.Where(one => width != VectorWidth.Plain || one.Shape.Cap == 0f))
        {
            float[] expected = new CachedHeads(shape, keys, 2).ReadWhole();
            KernelSettings.With(width, 3, () => Assert.Equal(expected, new CachedHeads(shape, keys, 2).ReadWhole()));
        }
    }

    [Fact]
    public void A_token_has_the_same_bits_alone_and_among_others_at_once_and_piece_by_piece()
    {
        var random = new Random(3);
        foreach ((AttentionShape shape, int keys) in Cases)
        {
            float[] expected = new CachedHeads(shape, keys, 4).ReadWhole();
            var one = new CachedHeads(shape, keys, 4);
            var other = new CachedHeads(shape, keys + 77, 5);
            float[] expectedOfOther = new CachedHeads(shape, keys + 77, 5).ReadWhole();
            int otherAt = 0;
            for (int at = 0, end; at < keys; at = end)
            {
                // One token at a time as often as many: both ways in which new keys are put.
                end = random.Next(2) == 0 ? at + 1 : Math.Min(keys, at + random.Next(1, 90));
                int otherEnd = Math.Min(keys + 77, otherAt + random.Next(0, 60));
                AttentionSegment[] segments = [other.Piece(otherAt, otherEnd), one.Piece(at, end)];
                CachedHeads.Run(shape, Precision.Float32, otherEnd > otherAt ? segments : segments[1..]);
                otherAt = otherEnd;
            }

            Assert.Equal(expected, one.Output);
            int done = otherAt * shape.QueryStride;
            Assert.Equal(expectedOfOther[..done], other.Output[..done]);
        }
    }

    [Fact]
    public void Tokens_written_over_others_leave_no_trace()
    {
        var shape = new AttentionShape(6, 2, 64, true);
        var heads = new CachedHeads(shape, 140, 6);
        float[] expected = heads.ReadWhole();
        float[] key = [.. heads.Key];
        float[] value = [.. heads.Value];
        Array.Fill(heads.Key, 17f, 61 * 128, 79 * 128);
        Array.Fill(heads.Value, -9f, 61 * 128, 79 * 128);
        CachedHeads.Run(shape, Precision.Float32, heads.Piece(61, 140));
        Assert.NotEqual(expected, heads.Output);
        key.CopyTo(heads.Key, 0);
        value.CopyTo(heads.Value, 0);
        CachedHeads.Run(shape, Precision.Float32, heads.Piece(61, 140));
        Assert.Equal(expected, heads.Output);
    }

    // The largest sums that there can be: every number of a head alike, every weight, every value.
    [Theory]
    [InlineData(64, 1f)]
    [InlineData(512, 1f)]
    [InlineData(512, 3e5f)]
    [InlineData(33, 1e-6f)]
    [InlineData(33, 1e-20f)]
    [InlineData(64, 0f)]
    public void Sums_stay_within_32_bits(int size, float number)
    {
        var shape = new AttentionShape(1, 1, size, true) { Scale = number == 0f || number < 1e-18f ? 1f : 1f / (number * number * size) };
        var heads = new CachedHeads(shape, 130, 7);
        Array.Fill(heads.Query, number);
        Array.Fill(heads.Key, number);
        Array.Fill(heads.Value, -number);
        Assert.All(heads.ReadWhole(), x => Assert.InRange(x, -number * 1.0001f, number < 1e-18f ? 0f : -number * 0.9999f));
    }

    [Fact]
    public void What_is_no_number_stays_none_and_goes_no_farther()
    {
        var heads = new CachedHeads(new AttentionShape(1, 1, 32, true), 90, 8);
        heads.Query[(20 * 32) + 3] = float.NaN;
        heads.Key[(70 * 32) + 5] = float.NaN;
        heads.Value[(80 * 32) + 5] = float.PositiveInfinity;
        float[] output = heads.ReadWhole();
        Assert.All(Enumerable.Range(0, 90), token => Assert.Equal(token == 20 || token >= 70, float.IsNaN(output[(token * 32) + 5])));
    }

    // Where prompts are read in bfloat16 they meet what the integers stand for.
    [Fact]
    public void In_bfloat16_the_integers_are_the_numbers_that_they_stand_for()
    {
        foreach ((AttentionShape shape, int keys) in Cases.Where(one => one.Shape.HeadSize <= 256))
        {
            var heads = new CachedHeads(shape, keys, 9);
            float[] actual = heads.ReadWhole(Precision.BFloat16);
            (float[] key, float[] value) = heads.Cached();
            float[] expected = new float[actual.Length];
            fixed (float* q = heads.Query, k = key, v = value, o = expected)
            {
                var segment = new AttentionSegment
                {
                    Query = q,
                    Key = k,
                    Value = v,
                    Output = o,
                    QueryCount = keys,
                    KeyCount = keys,
                    KeyStride = shape.HeadSize,
                    KeyHeadStride = (long)keys * shape.HeadSize,
                };
                AttentionKernel.Forward(&segment, 1, shape, Precision.BFloat16);
            }

            if (MatrixPath.HasBfloat16 && VectorPath.Width == VectorWidth.Bits512)
            {
                Assert.Equal(expected, actual);
            }
            else
            {
                Assert.InRange(Numbers.NormalisedError([.. expected.Select(x => (double)x)], actual), 0, ErrorMax);
            }
        }
    }
}
