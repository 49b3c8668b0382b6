using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Quantization;

internal static unsafe partial class IntegerKernel
{
    /// <summary>AVX-512: sixteen outputs at a time, four rows share what was unpacked.</summary>
    private static class Wide512
    {
        public static void Multiply<TForm>(in Product product, byte* tiles, float* y)
            where TForm : struct, IBlockForm
        {
            int row = 0;
            for (; row + 4 <= product.Rows; row += 4)
            {
                Rows4<TForm>(product, tiles, row, y);
            }

            for (; row < product.Rows; row++)
            {
                Rows1<TForm>(product, tiles, row, y);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Rows4<TForm>(in Product product, byte* tiles, int row, float* y)
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
            Vector512<float> y0 = default;
            Vector512<float> y1 = default;
            Vector512<float> y2 = default;
            Vector512<float> y3 = default;
            byte* tile = tiles;
            for (int block = product.BlockCount; block > 0; block--)
            {
                byte* numbers = tile + NumberOffset<TForm>();
                Vector512<float> scale = LoadScales(tile);
                Vector512<int> s0, s1, s2, s3;
                if (TForm.HasBytes)
                {
                    var word = Vector512.Load((sbyte*)numbers);
                    s0 = DotBytes(word, x0);
                    s1 = DotBytes(word, x1);
                    s2 = DotBytes(word, x2);
                    s3 = DotBytes(word, x3);
                    word = Vector512.Load((sbyte*)numbers + (1 * GroupBytes));
                    s0 += DotBytes(word, x0 + 4);
                    s1 += DotBytes(word, x1 + 4);
                    s2 += DotBytes(word, x2 + 4);
                    s3 += DotBytes(word, x3 + 4);
                    word = Vector512.Load((sbyte*)numbers + (2 * GroupBytes));
                    s0 += DotBytes(word, x0 + 8);
                    s1 += DotBytes(word, x1 + 8);
                    s2 += DotBytes(word, x2 + 8);
                    s3 += DotBytes(word, x3 + 8);
                    word = Vector512.Load((sbyte*)numbers + (3 * GroupBytes));
                    s0 += DotBytes(word, x0 + 12);
                    s1 += DotBytes(word, x1 + 12);
                    s2 += DotBytes(word, x2 + 12);
                    s3 += DotBytes(word, x3 + 12);
                }
                else
                {
                    Vector512<int> bits = TForm.HasFifthBits ? Vector512.Load((int*)(tile + FifthBitOffset<TForm>())) : default;
                    Vector512<byte> low = Low<TForm>(Vector512.Load(numbers), bits, 0);
                    Vector512<byte> high = High<TForm>(Vector512.Load(numbers), bits, 4);
                    Vector512<short> t0 = Dot(low, x0) + Dot(high, x0 + 4);
                    Vector512<short> t1 = Dot(low, x1) + Dot(high, x1 + 4);
                    Vector512<short> t2 = Dot(low, x2) + Dot(high, x2 + 4);
                    Vector512<short> t3 = Dot(low, x3) + Dot(high, x3 + 4);
                    low = Low<TForm>(Vector512.Load(numbers + (1 * GroupBytes)), bits, 8);
                    high = High<TForm>(Vector512.Load(numbers + (1 * GroupBytes)), bits, 12);
                    s0 = Pairs(t0 + (Dot(low, x0 + 8) + Dot(high, x0 + 12)));
                    s1 = Pairs(t1 + (Dot(low, x1 + 8) + Dot(high, x1 + 12)));
                    s2 = Pairs(t2 + (Dot(low, x2 + 8) + Dot(high, x2 + 12)));
                    s3 = Pairs(t3 + (Dot(low, x3 + 8) + Dot(high, x3 + 12)));
                }

                Vector512<float> f0 = Scaled(s0, *scales);
                Vector512<float> f1 = Scaled(s1, scales[2 * next]);
                Vector512<float> f2 = Scaled(s2, scales[4 * next]);
                Vector512<float> f3 = Scaled(s3, scales[6 * next]);

                if (TForm.HasBytes)
                {
                    var word = Vector512.Load((sbyte*)numbers + (4 * GroupBytes));
                    s0 = DotBytes(word, x0 + 16);
                    s1 = DotBytes(word, x1 + 16);
                    s2 = DotBytes(word, x2 + 16);
                    s3 = DotBytes(word, x3 + 16);
                    word = Vector512.Load((sbyte*)numbers + (5 * GroupBytes));
                    s0 += DotBytes(word, x0 + 20);
                    s1 += DotBytes(word, x1 + 20);
                    s2 += DotBytes(word, x2 + 20);
                    s3 += DotBytes(word, x3 + 20);
                    word = Vector512.Load((sbyte*)numbers + (6 * GroupBytes));
                    s0 += DotBytes(word, x0 + 24);
                    s1 += DotBytes(word, x1 + 24);
                    s2 += DotBytes(word, x2 + 24);
                    s3 += DotBytes(word, x3 + 24);
                    word = Vector512.Load((sbyte*)numbers + (7 * GroupBytes));
                    s0 += DotBytes(word, x0 + 28);
                    s1 += DotBytes(word, x1 + 28);
                    s2 += DotBytes(word, x2 + 28);
                    s3 += DotBytes(word, x3 + 28);
                }
                else
                {
                    Vector512<int> bits = TForm.HasFifthBits ? Vector512.Load((int*)(tile + FifthBitOffset<TForm>())) : default;
                    Vector512<byte> low = Low<TForm>(Vector512.Load(numbers + (2 * GroupBytes)), bits, 16);
                    Vector512<byte> high = High<TForm>(Vector512.Load(numbers + (2 * GroupBytes)), bits, 20);
                    Vector512<short> t0 = Dot(low, x0 + 16) + Dot(high, x0 + 20);
                    Vector512<short> t1 = Dot(low, x1 + 16) + Dot(high, x1 + 20);
                    Vector512<short> t2 = Dot(low, x2 + 16) + Dot(high, x2 + 20);
                    Vector512<short> t3 = Dot(low, x3 + 16) + Dot(high, x3 + 20);
                    low = Low<TForm>(Vector512.Load(numbers + (3 * GroupBytes)), bits, 24);
                    high = High<TForm>(Vector512.Load(numbers + (3 * GroupBytes)), bits, 28);
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
                    Vector512<float> offset = TForm.HasMinimum ? LoadScales(tile + TileLayout.ScaleBytes) : scale * -TForm.Center;
                    y0 = Vector512.MultiplyAddEstimate(Vector512.Create(*sums), offset, y0);
                    y1 = Vector512.MultiplyAddEstimate(Vector512.Create(sums[next]), offset, y1);
                    y2 = Vector512.MultiplyAddEstimate(Vector512.Create(sums[2 * next]), offset, y2);
                    y3 = Vector512.MultiplyAddEstimate(Vector512.Create(sums[3 * next]), offset, y3);
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
        private static void Rows1<TForm>(in Product product, byte* tiles, int row, float* y)
            where TForm : struct, IBlockForm
        {
            long stride = (long)product.BlockCount * TileLayout.Inputs;
            sbyte* x0 = product.Numbers + (row * stride);
            float* scales = product.Scales + ((long)row * product.BlockCount * 2);
            float* sums = product.Sums + ((long)row * product.BlockCount);
            Vector512<float> y0 = default;
            byte* tile = tiles;
            for (int block = product.BlockCount; block > 0; block--)
            {
                byte* numbers = tile + NumberOffset<TForm>();
                Vector512<float> scale = LoadScales(tile);
                Vector512<int> s0;
                if (TForm.HasBytes)
                {
                    var word = Vector512.Load((sbyte*)numbers);
                    s0 = DotBytes(word, x0);
                    word = Vector512.Load((sbyte*)numbers + (1 * GroupBytes));
                    s0 += DotBytes(word, x0 + 4);
                    word = Vector512.Load((sbyte*)numbers + (2 * GroupBytes));
                    s0 += DotBytes(word, x0 + 8);
                    word = Vector512.Load((sbyte*)numbers + (3 * GroupBytes));
                    s0 += DotBytes(word, x0 + 12);
                }
                else
                {
                    Vector512<int> bits = TForm.HasFifthBits ? Vector512.Load((int*)(tile + FifthBitOffset<TForm>())) : default;
                    Vector512<byte> low = Low<TForm>(Vector512.Load(numbers), bits, 0);
                    Vector512<byte> high = High<TForm>(Vector512.Load(numbers), bits, 4);
                    Vector512<short> t0 = Dot(low, x0) + Dot(high, x0 + 4);
                    low = Low<TForm>(Vector512.Load(numbers + (1 * GroupBytes)), bits, 8);
                    high = High<TForm>(Vector512.Load(numbers + (1 * GroupBytes)), bits, 12);
                    s0 = Pairs(t0 + (Dot(low, x0 + 8) + Dot(high, x0 + 12)));
                }

                Vector512<float> f0 = Scaled(s0, *scales);

                if (TForm.HasBytes)
                {
                    var word = Vector512.Load((sbyte*)numbers + (4 * GroupBytes));
                    s0 = DotBytes(word, x0 + 16);
                    word = Vector512.Load((sbyte*)numbers + (5 * GroupBytes));
                    s0 += DotBytes(word, x0 + 20);
                    word = Vector512.Load((sbyte*)numbers + (6 * GroupBytes));
                    s0 += DotBytes(word, x0 + 24);
                    word = Vector512.Load((sbyte*)numbers + (7 * GroupBytes));
                    s0 += DotBytes(word, x0 + 28);
                }
                else
                {
                    Vector512<int> bits = TForm.HasFifthBits ? Vector512.Load((int*)(tile + FifthBitOffset<TForm>())) : default;
                    Vector512<byte> low = Low<TForm>(Vector512.Load(numbers + (2 * GroupBytes)), bits, 16);
                    Vector512<byte> high = High<TForm>(Vector512.Load(numbers + (2 * GroupBytes)), bits, 20);
                    Vector512<short> t0 = Dot(low, x0 + 16) + Dot(high, x0 + 20);
                    low = Low<TForm>(Vector512.Load(numbers + (3 * GroupBytes)), bits, 24);
                    high = High<TForm>(Vector512.Load(numbers + (3 * GroupBytes)), bits, 28);
                    s0 = Pairs(t0 + (Dot(low, x0 + 24) + Dot(high, x0 + 28)));
                }

                y0 = Add(y0, f0, s0, scale, scales[1]);
                if (!TForm.HasBytes)
                {
                    Vector512<float> offset = TForm.HasMinimum ? LoadScales(tile + TileLayout.ScaleBytes) : scale * -TForm.Center;
                    y0 = Vector512.MultiplyAddEstimate(Vector512.Create(*sums), offset, y0);
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
        private static Vector512<byte> Low<TForm>(Vector512<byte> pairs, Vector512<int> bits, int shift)
            where TForm : struct, IBlockForm
            => WithFifthBits<TForm>(pairs & Vector512.Create((byte)15), bits, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<byte> High<TForm>(Vector512<byte> pairs, Vector512<int> bits, int shift)
            where TForm : struct, IBlockForm
            => WithFifthBits<TForm>((pairs.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)15), bits, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<byte> WithFifthBits<TForm>(Vector512<byte> nibbles, Vector512<int> bits, int shift)
            where TForm : struct, IBlockForm
            => TForm.HasFifthBits
                ? nibbles | ((((bits >> shift) & Vector512.Create(15)) * Vector512.Create(SpreadFifthBits)) & Vector512.Create(FifthBitMask)).AsByte()
                : nibbles;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<short> Dot(Vector512<byte> levels, sbyte* x)
            => MultiplyAdd(levels, Vector512.Create(*(int*)x).AsSByte());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> Pairs(Vector512<short> sums) => MultiplyAdd(sums, Vector512<short>.One);

        // The instruction wants one unsigned side: the sign of the weight goes to the activation.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> DotBytes(Vector512<sbyte> weights, sbyte* x)
        {
            var number = Vector512.Create(*(int*)x).AsSByte();
            var signed = Vector512.ConditionalSelect(Vector512.LessThan(weights, Vector512<sbyte>.Zero), -number, number);
            return Pairs(MultiplyAdd(Vector512.Abs(weights).AsByte(), signed));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Scaled(Vector512<int> s, float xScale) => Vector512.ConvertToSingle(s) * Vector512.Create(xScale);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Add(Vector512<float> y, Vector512<float> first, Vector512<int> s, Vector512<float> scale, float xScale)
            => Vector512.MultiplyAddEstimate(
                Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(s), Vector512.Create(xScale), first), scale, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(float* into, Vector512<float> y, bool accumulate)
            => (accumulate ? Vector512.Load(into) + y : y).Store(into);

        // As TileKernel.LoadHalves, with the sign spread by the widening and cut back.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> LoadScales(byte* at)
        {
            Vector512<int> wide = Widen(Vector256.Load((short*)at));
            return ((wide << 13) & Vector512.Create(unchecked((int)0x8FFFFFFF))).AsSingle() * Vector512.Create(0x77800000).AsSingle();
        }

        // In halves where the processor has no such instruction, so that tests run this path there too.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<short> MultiplyAdd(Vector512<byte> a, Vector512<sbyte> b)
            => Avx512BW.IsSupported
                ? Avx512BW.MultiplyAddAdjacent(a, b)
                : Vector512.Create(
                    Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> MultiplyAdd(Vector512<short> a, Vector512<short> b)
            => Avx512BW.IsSupported
                ? Avx512BW.MultiplyAddAdjacent(a, b)
                : Vector512.Create(
                    Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> Widen(Vector256<short> halves)
            => Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
    }
}
