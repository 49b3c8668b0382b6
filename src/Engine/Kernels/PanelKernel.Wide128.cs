using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

internal static unsafe partial class PanelKernel
{
    /// <summary>128 bits: 16 sums of 4 columns, for the 32 registers of Arm.</summary>
    private static class Wide128
    {
        /// <summary>One panel, in tiles of 4 and 1 rows.</summary>
        public static void Multiply(in Operands tile, float* b, float* c, int rows)
        {
            int row = 0;
            for (; row + 4 <= rows; row += 4)
            {
                Tile4x16(tile, tile.A + (row * tile.ARowStride), b, c + (row * tile.CRowStride));
            }

            for (; row < rows; row++)
            {
                Tile1x16(tile, tile.A + (row * tile.ARowStride), b, c + (row * tile.CRowStride));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile4x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* a3 = a + (3 * aRow);
            Vector128<float> c0a = default;
            Vector128<float> c0b = default;
            Vector128<float> c0c = default;
            Vector128<float> c0d = default;
            Vector128<float> c1a = default;
            Vector128<float> c1b = default;
            Vector128<float> c1c = default;
            Vector128<float> c1d = default;
            Vector128<float> c2a = default;
            Vector128<float> c2b = default;
            Vector128<float> c2c = default;
            Vector128<float> c2d = default;
            Vector128<float> c3a = default;
            Vector128<float> c3b = default;
            Vector128<float> c3c = default;
            Vector128<float> c3d = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector128.Load(b);
                var bb = Vector128.Load(b + 4);
                var bc = Vector128.Load(b + 8);
                var bd = Vector128.Load(b + 12);
                var x = Vector128.Create(*a);
                c0a = Vector128.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector128.MultiplyAddEstimate(x, bb, c0b);
                c0c = Vector128.MultiplyAddEstimate(x, bc, c0c);
                c0d = Vector128.MultiplyAddEstimate(x, bd, c0d);
                x = Vector128.Create(a[aRow]);
                c1a = Vector128.MultiplyAddEstimate(x, ba, c1a);
                c1b = Vector128.MultiplyAddEstimate(x, bb, c1b);
                c1c = Vector128.MultiplyAddEstimate(x, bc, c1c);
                c1d = Vector128.MultiplyAddEstimate(x, bd, c1d);
                x = Vector128.Create(a[aRow2]);
                c2a = Vector128.MultiplyAddEstimate(x, ba, c2a);
                c2b = Vector128.MultiplyAddEstimate(x, bb, c2b);
                c2c = Vector128.MultiplyAddEstimate(x, bc, c2c);
                c2d = Vector128.MultiplyAddEstimate(x, bd, c2d);
                x = Vector128.Create(*a3);
                c3a = Vector128.MultiplyAddEstimate(x, ba, c3a);
                c3b = Vector128.MultiplyAddEstimate(x, bb, c3b);
                c3c = Vector128.MultiplyAddEstimate(x, bc, c3c);
                c3d = Vector128.MultiplyAddEstimate(x, bd, c3d);
                a += aStep;
                a3 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b, c0c, c0d);
            Store(tile, c + cRow, c1a, c1b, c1c, c1d);
            Store(tile, c + (2 * cRow), c2a, c2b, c2c, c2d);
            Store(tile, c + (3 * cRow), c3a, c3b, c3c, c3d);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile1x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            Vector128<float> c0a = default;
            Vector128<float> c0b = default;
            Vector128<float> c0c = default;
            Vector128<float> c0d = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector128.Load(b);
                var bb = Vector128.Load(b + 4);
                var bc = Vector128.Load(b + 8);
                var bd = Vector128.Load(b + 12);
                var x = Vector128.Create(*a);
                c0a = Vector128.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector128.MultiplyAddEstimate(x, bb, c0b);
                c0c = Vector128.MultiplyAddEstimate(x, bc, c0c);
                c0d = Vector128.MultiplyAddEstimate(x, bd, c0d);
                a += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b, c0c, c0d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(in Operands tile, float* into, Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
        {
            var scale = Vector128.Create(tile.Scale);
            if (tile.Accumulate)
            {
                Vector128.MultiplyAddEstimate(scale, a, Vector128.Load(into)).Store(into);
                Vector128.MultiplyAddEstimate(scale, b, Vector128.Load(into + 4)).Store(into + 4);
                Vector128.MultiplyAddEstimate(scale, c, Vector128.Load(into + 8)).Store(into + 8);
                Vector128.MultiplyAddEstimate(scale, d, Vector128.Load(into + 12)).Store(into + 12);
            }
            else
            {
                (scale * a).Store(into);
                (scale * b).Store(into + 4);
                (scale * c).Store(into + 8);
                (scale * d).Store(into + 12);
            }
        }
    }
}
