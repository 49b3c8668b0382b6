using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Quantization;

internal static unsafe partial class IntegerKernel
{
    /// <summary>128 bits, on any processor that has them: four outputs at a time.</summary>
    private static class Wide128
    {
        public static void Multiply<TForm>(in Product product, byte* tiles, float* y)
            where TForm : struct, IBlockForm
        {
            for (int part = 0; part < 4; part++)
            {
                for (int row = 0; row < product.Rows; row++)
                {
                    Row<TForm>(product, tiles, part, row, y + (part * 4));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row<TForm>(in Product product, byte* tiles, int part, int row, float* y)
            where TForm : struct, IBlockForm
        {
            sbyte* x = product.Numbers + ((long)row * product.BlockCount * TileLayout.Inputs);
            float* scales = product.Scales + ((long)row * product.BlockCount * 2);
            float* sums = product.Sums + ((long)row * product.BlockCount);
            Vector128<float> sum = default;
            byte* tile = tiles;
            for (int block = 0; block < product.BlockCount; block++, tile += TileBytes<TForm>(), x += TileLayout.Inputs)
            {
                Vector128<float> scale = LoadScales(tile + (part * 8));
                Vector128<float> value = Vector128.ConvertToSingle(Dot<TForm>(tile, part * 16, x, 0)) * scales[block * 2];
                value = Vector128.MultiplyAddEstimate(
                    Vector128.ConvertToSingle(Dot<TForm>(tile, part * 16, x, 4)), Vector128.Create(scales[(block * 2) + 1]), value);
                sum = Vector128.MultiplyAddEstimate(value, scale, sum);

                if (!TForm.HasBytes)
                {
                    Vector128<float> offset = TForm.HasMinimum ? LoadScales(tile + TileLayout.ScaleBytes + (part * 8)) : scale * -TForm.Center;
                    sum = Vector128.MultiplyAddEstimate(Vector128.Create(sums[block]), offset, sum);
                }
            }

            float* into = y + (row * product.YRowStride);
            (product.Accumulate ? Vector128.Load(into) + sum : sum).Store(into);
        }

        private static Vector128<int> Dot<TForm>(byte* tile, int at, sbyte* x, int firstGroup)
            where TForm : struct, IBlockForm
        {
            byte* numbers = tile + NumberOffset<TForm>() + at;
            Vector128<int> low = default;
            Vector128<int> high = default;
            for (int group = firstGroup; group < firstGroup + 4; group++)
            {
                Vector128<sbyte> levels = TForm.HasBytes
                    ? Vector128.Load((sbyte*)numbers + (group * GroupBytes))
                    : Nibbles(Vector128.Load(numbers + (group / 2 * GroupBytes)), (group & 1) * 4);
                if (TForm.HasFifthBits)
                {
                    Vector128<int> bits = Vector128.Load((int*)(tile + FifthBitOffset<TForm>() + at)) >> (4 * group);
                    levels |= (((bits & Vector128.Create(15)) * SpreadFifthBits) & Vector128.Create(FifthBitMask)).AsSByte();
                }

                Vector128<sbyte> number = Vector128.Create(*(int*)(x + (4 * group))).AsSByte();
                low += AddPairs(Vector128.WidenLower(levels) * Vector128.WidenLower(number));
                high += AddPairs(Vector128.WidenUpper(levels) * Vector128.WidenUpper(number));
            }

            // Each output has two sums side by side: outputs 0 and 1 in low, 2 and 3 in high.
            var even = Vector128.Create(
                Vector128.Shuffle(low, Vector128.Create(0, 2, 0, 2)).GetLower(), Vector128.Shuffle(high, Vector128.Create(0, 2, 0, 2)).GetLower());
            var odd = Vector128.Create(
                Vector128.Shuffle(low, Vector128.Create(1, 3, 1, 3)).GetLower(), Vector128.Shuffle(high, Vector128.Create(1, 3, 1, 3)).GetLower());
            return even + odd;
        }

        private static Vector128<sbyte> Nibbles(Vector128<byte> pairs, int shift)
            => ((pairs.AsUInt16() >> shift).AsByte() & Vector128.Create((byte)15)).AsSByte();

        private static Vector128<int> AddPairs(Vector128<short> products)
            => ((products.AsInt32() << 16) >> 16) + (products.AsInt32() >> 16);

        private static Vector128<float> LoadScales(byte* at)
        {
            var wide = Vector128.WidenLower(Vector128.Create(*(long*)at, 0).AsInt16());
            return ((wide << 13) & Vector128.Create(unchecked((int)0x8FFFFFFF))).AsSingle() * Vector128.Create(0x77800000).AsSingle();
        }
    }
}
