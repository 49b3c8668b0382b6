using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Quantization;

internal static unsafe partial class IntegerKernel
{
    /// <summary>AVX2: eight outputs at a time, four rows share what was unpacked.</summary>
    private static class Wide256
    {
        public static void Multiply<TForm>(in Product product, byte* tiles, float* y)
            where TForm : struct, IBlockForm
        {
            for (int part = 0; part < 2; part++)
            {
                int row = 0;
                for (; row + 4 <= product.Rows; row += 4)
                {
                    Rows4<TForm>(product, tiles, part, row, y + (part * 8));
                }

                for (; row < product.Rows; row++)
                {
                    Rows1<TForm>(product, tiles, part, row, y + (part * 8));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Rows4<TForm>(in Product product, byte* tiles, int part, int row, float* y)
            where TForm : struct, IBlockForm
        {
            long stride = (long)product.BlockCount * TileLayout.Inputs;
            sbyte* x0 = product.Numbers + (row * stride);
            sbyte* x1 = x0 + stride;
            sbyte* x2 = x1 + stride;
            sbyte* x3 = x2 + stride;
            float* scales = product.Scales + ((long)row * product.BlockCount * 2);
            float* sums = product.Sums + ((long)row * product.BlockCount);
            nint next = product.BlockCount;
            Vector256<float> y0 = default;
            Vector256<float> y1 = default;
            Vector256<float> y2 = default;
            Vector256<float> y3 = default;
            byte* tile = tiles;
            for (int block = product.BlockCount; block > 0; block--)
            {
                byte* numbers = tile + NumberOffset<TForm>() + (part * 32);
                Vector256<float> scale = LoadScales(tile + (part * 16));
                Vector256<int> s0, s1, s2, s3;
                if (TForm.HasBytes)
                {
                    var word = Vector256.Load((sbyte*)numbers);
                    s0 = DotBytes(word, x0);
                    s1 = DotBytes(word, x1);
                    s2 = DotBytes(word, x2);
                    s3 = DotBytes(word, x3);
                    word = Vector256.Load((sbyte*)numbers + (1 * GroupBytes));
                    s0 += DotBytes(word, x0 + 4);
                    s1 += DotBytes(word, x1 + 4);
                    s2 += DotBytes(word, x2 + 4);
                    s3 += DotBytes(word, x3 + 4);
                    word = Vector256.Load((sbyte*)numbers + (2 * GroupBytes));
                    s0 += DotBytes(word, x0 + 8);
                    s1 += DotBytes(word, x1 + 8);
                    s2 += DotBytes(word, x2 + 8);
                    s3 += DotBytes(word, x3 + 8);
                    word = Vector256.Load((sbyte*)numbers + (3 * GroupBytes));
                    s0 += DotBytes(word, x0 + 12);
                    s1 += DotBytes(word, x1 + 12);
                    s2 += DotBytes(word, x2 + 12);
                    s3 += DotBytes(word, x3 + 12);
                }
                else
                {
                    Vector256<int> bits = TForm.HasFifthBits ? Vector256.Load((int*)(tile + FifthBitOffset<TForm>() + (part * 32))) : default;
                    Vector256<byte> low = Low<TForm>(Vector256.Load(numbers), bits, 0);
                    Vector256<byte> high = High<TForm>(Vector256.Load(numbers), bits, 4);
                    Vector256<short> t0 = Dot(low, x0) + Dot(high, x0 + 4);
                    Vector256<short> t1 = Dot(low, x1) + Dot(high, x1 + 4);
                    Vector256<short> t2 = Dot(low, x2) + Dot(high, x2 + 4);
                    Vector256<short> t3 = Dot(low, x3) + Dot(high, x3 + 4);
                    low = Low<TForm>(Vector256.Load(numbers + (1 * GroupBytes)), bits, 8);
                    high = High<TForm>(Vector256.Load(numbers + (1 * GroupBytes)), bits, 12);
                    s0 = Pairs(t0 + (Dot(low, x0 + 8) + Dot(high, x0 + 12)));
                    s1 = Pairs(t1 + (Dot(low, x1 + 8) + Dot(high, x1 + 12)));
                    s2 = Pairs(t2 + (Dot(low, x2 + 8) + Dot(high, x2 + 12)));
                    s3 = Pairs(t3 + (Dot(low, x3 + 8) + Dot(high, x3 + 12)));
                }

                Vector256<float> f0 = Scaled(s0, *scales);
                Vector256<float> f1 = Scaled(s1, scales[2 * next]);
                Vector256<float> f2 = Scaled(s2, scales[4 * next]);
                Vector256<float> f3 = Scaled(s3, scales[6 * next]);

                if (TForm.HasBytes)
                {
                    var word = Vector256.Load((sbyte*)numbers + (4 * GroupBytes));
                    s0 = DotBytes(word, x0 + 16);
                    s1 = DotBytes(word, x1 + 16);
                    s2 = DotBytes(word, x2 + 16);
                    s3 = DotBytes(word, x3 + 16);
                    word = Vector256.Load((sbyte*)numbers + (5 * GroupBytes));
                    s0 += DotBytes(word, x0 + 20);
                    s1 += DotBytes(word, x1 + 20);
                    s2 += DotBytes(word, x2 + 20);
                    s3 += DotBytes(word, x3 + 20);
                    word = Vector256.Load((sbyte*)numbers + (6 * GroupBytes));
                    s0 += DotBytes(word, x0 + 24);
                    s1 += DotBytes(word, x1 + 24);
                    s2 += DotBytes(word, x2 + 24);
                    s3 += DotBytes(word, x3 + 24);
                    word = Vector256.Load((sbyte*)numbers + (7 * GroupBytes));
                    s0 += DotBytes(word, x0 + 28);
                    s1 += DotBytes(word, x1 + 28);
                    s2 += DotBytes(word, x2 + 28);
                    s3 += DotBytes(word, x3 + 28);
                }
                else
                {
                    Vector256<int> bits = TForm.HasFifthBits ? Vector256.Load((int*)(tile + FifthBitOffset<TForm>() + (part * 32))) : default;
                    Vector256<byte> low = Low<TForm>(Vector256.Load(numbers + (2 * GroupBytes)), bits, 16);
                    Vector256<byte> high = High<TForm>(Vector256.Load(numbers + (2 * GroupBytes)), bits, 20);
                    Vector256<short> t0 = Dot(low, x0 + 16) + Dot(high, x0 + 20);
                    Vector256<short> t1 = Dot(low, x1 + 16) + Dot(high, x1 + 20);
                    Vector256<short> t2 = Dot(low, x2 + 16) + Dot(high, x2 + 20);
                    Vector256<short> t3 = Dot(low, x3 + 16) + Dot(high, x3 + 20);
                    low = Low<TForm>(Vector256.Load(numbers + (3 * GroupBytes)), bits, 24);
                    high = High<TForm>(Vector256.Load(numbers + (3 * GroupBytes)), bits, 28);
                    s0 = Pairs(t0 + (Dot(low, x0 + 24) + Dot(high, x0 + 28)));
                    s1 = Pairs(t1 + (Dot(low, x1 + 24) + Dot(high, x1 + 28)));
                    s2 = Pairs(t2 + (Dot(low, x2 + 24) + Dot(high, x2 + 28)));
                    s3 = Pairs(t3 + (Dot(low, x3 + 24) + Dot(high, x3 + 28)));
                }

                y0 = Add(y0, f0, s0, scale, scales[1]);
                y1 = Add(y1, f1, s1, scale, scales[(2 * next) + 1]);
                y2 = Add(y2, f2, s2, scale, scales[(4 * next) + 1]);
                y3 = Add(y3, f3, s3, scale, scales[(6 * next) + 1]);
                if (!TForm.HasBytes)
                {
                    Vector256<float> offset = TForm.HasMinimum ? LoadScales(tile + TileLayout.ScaleBytes + (part * 16)) : scale * -TForm.Center;
                    y0 = Vector256.MultiplyAddEstimate(Vector256.Create(*sums), offset, y0);
                    y1 = Vector256.MultiplyAddEstimate(Vector256.Create(sums[next]), offset, y1);
                    y2 = Vector256.MultiplyAddEstimate(Vector256.Create(sums[2 * next]), offset, y2);
                    y3 = Vector256.MultiplyAddEstimate(Vector256.Create(sums[3 * next]), offset, y3);
                }

                tile += TileBytes<TForm>();
                scales += 2;
                sums++;
                x0 += TileLayout.Inputs;
                x1 += TileLayout.Inputs;
                x2 += TileLayout.Inputs;
                x3 += TileLayout.Inputs;
            }

            float* into = y + (row * product.YRowStride);
            Store(into, y0, product.Accumulate);
            Store(into + product.YRowStride, y1, product.Accumulate);
            Store(into + (2 * product.YRowStride), y2, product.Accumulate);
            Store(into + (3 * product.YRowStride), y3, product.Accumulate);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Rows1<TForm>(in Product product, byte* tiles, int part, int row, float* y)
            where TForm : struct, IBlockForm
        {
            long stride = (long)product.BlockCount * TileLayout.Inputs;
            sbyte* x0 = product.Numbers + (row * stride);
            float* scales = product.Scales + ((long)row * product.BlockCount * 2);
            float* sums = product.Sums + ((long)row * product.BlockCount);
            Vector256<float> y0 = default;
            byte* tile = tiles;
            for (int block = product.BlockCount; block > 0; block--)
            {
                byte* numbers = tile + NumberOffset<TForm>() + (part * 32);
                Vector256<float> scale = LoadScales(tile + (part * 16));
                Vector256<int> s0;
                if (TForm.HasBytes)
                {
                    var word = Vector256.Load((sbyte*)numbers);
                    s0 = DotBytes(word, x0);
                    word = Vector256.Load((sbyte*)numbers + (1 * GroupBytes));
                    s0 += DotBytes(word, x0 + 4);
                    word = Vector256.Load((sbyte*)numbers + (2 * GroupBytes));
                    s0 += DotBytes(word, x0 + 8);
                    word = Vector256.Load((sbyte*)numbers + (3 * GroupBytes));
                    s0 += DotBytes(word, x0 + 12);
                }
                else
                {
                    Vector256<int> bits = TForm.HasFifthBits ? Vector256.Load((int*)(tile + FifthBitOffset<TForm>() + (part * 32))) : default;
                    Vector256<byte> low = Low<TForm>(Vector256.Load(numbers), bits, 0);
                    Vector256<byte> high = High<TForm>(Vector256.Load(numbers), bits, 4);
                    Vector256<short> t0 = Dot(low, x0) + Dot(high, x0 + 4);
                    low = Low<TForm>(Vector256.Load(numbers + (1 * GroupBytes)), bits, 8);
                    high = High<TForm>(Vector256.Load(numbers + (1 * GroupBytes)), bits, 12);
                    s0 = Pairs(t0 + (Dot(low, x0 + 8) + Dot(high, x0 + 12)));
                }

                Vector256<float> f0 = Scaled(s0, *scales);

                if (TForm.HasBytes)
                {
                    var word = Vector256.Load((sbyte*)numbers + (4 * GroupBytes));
                    s0 = DotBytes(word, x0 + 16);
                    word = Vector256.Load((sbyte*)numbers + (5 * GroupBytes));
                    s0 += DotBytes(word, x0 + 20);
                    word = Vector256.Load((sbyte*)numbers + (6 * GroupBytes));
                    s0 += DotBytes(word, x0 + 24);
                    word = Vector256.Load((sbyte*)numbers + (7 * GroupBytes));
                    s0 += DotBytes(word, x0 + 28);
                }
                else
                {
                    Vector256<int> bits = TForm.HasFifthBits ? Vector256.Load((int*)(tile + FifthBitOffset<TForm>() + (part * 32))) : default;
                    Vector256<byte> low = Low<TForm>(Vector256.Load(numbers + (2 * GroupBytes)), bits, 16);
                    Vector256<byte> high = High<TForm>(Vector256.Load(numbers + (2 * GroupBytes)), bits, 20);
                    Vector256<short> t0 = Dot(low, x0 + 16) + Dot(high, x0 + 20);
                    low = Low<TForm>(Vector256.Load(numbers + (3 * GroupBytes)), bits, 24);
                    high = High<TForm>(Vector256.Load(numbers + (3 * GroupBytes)), bits, 28);
                    s0 = Pairs(t0 + (Dot(low, x0 + 24) + Dot(high, x0 + 28)));
                }

                y0 = Add(y0, f0, s0, scale, scales[1]);
                if (!TForm.HasBytes)
                {
                    Vector256<float> offset = TForm.HasMinimum ? LoadScales(tile + TileLayout.ScaleBytes + (part * 16)) : scale * -TForm.Center;
                    y0 = Vector256.MultiplyAddEstimate(Vector256.Create(*sums), offset, y0);
                }

                tile += TileBytes<TForm>();
                scales += 2;
                sums++;
                x0 += TileLayout.Inputs;
            }

            float* into = y + (row * product.YRowStride);
            Store(into, y0, product.Accumulate);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> Low<TForm>(Vector256<byte> pairs, Vector256<int> bits, int shift)
            where TForm : struct, IBlockForm
            => WithFifthBits<TForm>(pairs & Vector256.Create((byte)15), bits, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> High<TForm>(Vector256<byte> pairs, Vector256<int> bits, int shift)
            where TForm : struct, IBlockForm
            => WithFifthBits<TForm>((pairs.AsUInt16() >> 4).AsByte() & Vector256.Create((byte)15), bits, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<byte> WithFifthBits<TForm>(Vector256<byte> nibbles, Vector256<int> bits, int shift)
            where TForm : struct, IBlockForm
            => TForm.HasFifthBits
                ? nibbles | ((((bits >> shift) & Vector256.Create(15)) * Vector256.Create(SpreadFifthBits)) & Vector256.Create(FifthBitMask)).AsByte()
                : nibbles;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<short> Dot(Vector256<byte> levels, sbyte* x)
            => MultiplyAdd(levels, Vector256.Create(*(int*)x).AsSByte());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Pairs(Vector256<short> sums) => MultiplyAdd(sums, Vector256<short>.One);

        // The instruction wants one unsigned side: the sign of the weight goes to the activation.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> DotBytes(Vector256<sbyte> weights, sbyte* x)
        {
            var signed = Avx2.Sign(Vector256.Create(*(int*)x).AsSByte(), weights);
            return Pairs(MultiplyAdd(Avx2.Abs(weights), signed));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Scaled(Vector256<int> s, float xScale) => Vector256.ConvertToSingle(s) * Vector256.Create(xScale);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Add(Vector256<float> y, Vector256<float> first, Vector256<int> s, Vector256<float> scale, float xScale)
            => Vector256.MultiplyAddEstimate(
                Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(s), Vector256.Create(xScale), first), scale, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(float* into, Vector256<float> y, bool accumulate)
            => (accumulate ? Vector256.Load(into) + y : y).Store(into);

        // As TileKernel.LoadHalves, with the sign spread by the widening and cut back.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> LoadScales(byte* at)
        {
            Vector256<int> wide = Avx2.ConvertToVector256Int32((short*)at);
            return ((wide << 13) & Vector256.Create(unchecked((int)0x8FFFFFFF))).AsSingle() * Vector256.Create(0x77800000).AsSingle();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<short> MultiplyAdd(Vector256<byte> a, Vector256<sbyte> b) => Avx2.MultiplyAddAdjacent(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> MultiplyAdd(Vector256<short> a, Vector256<short> b) => Avx2.MultiplyAddAdjacent(a, b);
    }
}
