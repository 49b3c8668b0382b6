using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

internal static unsafe partial class PanelKernel
{
    /// <summary>Up to eight columns, as of an adapter of rank 8: half a panel, for AVX2 and AVX-512 alike.</summary>
    private static class Narrow
    {
        /// <summary>The first eight columns of the first panel, in tiles of 12, 4 and 1 rows.</summary>
        public static void Multiply(in Operands tile, int rows)
        {
            int row = 0;
            for (; row + 12 <= rows; row += 12)
            {
                Tile12x8(tile, tile.A + (row * tile.ARowStride), tile.C + (row * tile.CRowStride));
            }

            for (; row + 4 <= rows; row += 4)
            {
                Tile4x8(tile, tile.A + (row * tile.ARowStride), tile.C + (row * tile.CRowStride));
            }

            for (; row < rows; row++)
            {
                Tile1x8(tile, tile.A + (row * tile.ARowStride), tile.C + (row * tile.CRowStride));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile12x8(in Operands tile, float* a, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* b = tile.B0;
            float* a3 = a + (3 * aRow);
            float* a6 = a + (6 * aRow);
            float* a9 = a + (9 * aRow);
            Vector256<float> c0 = default;
            Vector256<float> c1 = default;
            Vector256<float> c2 = default;
            Vector256<float> c3 = default;
            Vector256<float> c4 = default;
            Vector256<float> c5 = default;
            Vector256<float> c6 = default;
            Vector256<float> c7 = default;
            Vector256<float> c8 = default;
            Vector256<float> c9 = default;
            Vector256<float> c10 = default;
            Vector256<float> c11 = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var column = Vector256.Load(b);
                c0 = Vector256.MultiplyAddEstimate(Vector256.Create(*a), column, c0);
                c1 = Vector256.MultiplyAddEstimate(Vector256.Create(a[aRow]), column, c1);
                c2 = Vector256.MultiplyAddEstimate(Vector256.Create(a[aRow2]), column, c2);
                c3 = Vector256.MultiplyAddEstimate(Vector256.Create(*a3), column, c3);
                c4 = Vector256.MultiplyAddEstimate(Vector256.Create(a3[aRow]), column, c4);
                c5 = Vector256.MultiplyAddEstimate(Vector256.Create(a3[aRow2]), column, c5);
                c6 = Vector256.MultiplyAddEstimate(Vector256.Create(*a6), column, c6);
                c7 = Vector256.MultiplyAddEstimate(Vector256.Create(a6[aRow]), column, c7);
                c8 = Vector256.MultiplyAddEstimate(Vector256.Create(a6[aRow2]), column, c8);
                c9 = Vector256.MultiplyAddEstimate(Vector256.Create(*a9), column, c9);
                c10 = Vector256.MultiplyAddEstimate(Vector256.Create(a9[aRow]), column, c10);
                c11 = Vector256.MultiplyAddEstimate(Vector256.Create(a9[aRow2]), column, c11);
                a += aStep;
                a3 += aStep;
                a6 += aStep;
                a9 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0);
            Store(tile, c + cRow, c1);
            Store(tile, c + (2 * cRow), c2);
            Store(tile, c + (3 * cRow), c3);
            Store(tile, c + (4 * cRow), c4);
            Store(tile, c + (5 * cRow), c5);
            Store(tile, c + (6 * cRow), c6);
            Store(tile, c + (7 * cRow), c7);
            Store(tile, c + (8 * cRow), c8);
            Store(tile, c + (9 * cRow), c9);
            Store(tile, c + (10 * cRow), c10);
            Store(tile, c + (11 * cRow), c11);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile4x8(in Operands tile, float* a, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* b = tile.B0;
            float* a3 = a + (3 * aRow);
            Vector256<float> c0 = default;
            Vector256<float> c1 = default;
            Vector256<float> c2 = default;
            Vector256<float> c3 = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var column = Vector256.Load(b);
                c0 = Vector256.MultiplyAddEstimate(Vector256.Create(*a), column, c0);
                c1 = Vector256.MultiplyAddEstimate(Vector256.Create(a[aRow]), column, c1);
                c2 = Vector256.MultiplyAddEstimate(Vector256.Create(a[aRow2]), column, c2);
                c3 = Vector256.MultiplyAddEstimate(Vector256.Create(*a3), column, c3);
                a += aStep;
                a3 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0);
            Store(tile, c + cRow, c1);
            Store(tile, c + (2 * cRow), c2);
            Store(tile, c + (3 * cRow), c3);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile1x8(in Operands tile, float* a, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* b = tile.B0;
            Vector256<float> c0 = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var column = Vector256.Load(b);
                c0 = Vector256.MultiplyAddEstimate(Vector256.Create(*a), column, c0);
                a += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(in Operands tile, float* into, Vector256<float> sum)
        {
            var scale = Vector256.Create(tile.Scale);
            (tile.Accumulate ? Vector256.MultiplyAddEstimate(scale, sum, Vector256.Load(into)) : scale * sum).Store(into);
        }
    }
}
