using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

internal static unsafe partial class PanelKernel
{
    /// <summary>256 bits: 12 sums of 8 columns, two numbers of b and one of a fill the 16 registers of AVX2.</summary>
    private static class Wide256
    {
        /// <summary>One or two panels. Many rows take the panels one by one, so that a panel stays in the first-level cache.</summary>
        public static void Multiply(in Operands tile, int rows, bool hasTwo)
        {
            int many = rows % 6 == 2 && rows > 2 ? rows - 8 : rows - (rows % 6);
            Many(tile, tile.B0, tile.C, many, rows);
            if (hasTwo)
            {
                Many(tile, tile.B1, tile.C + PanelProduct.PanelColumns, many, rows);
            }

            for (int row = rows - ((rows - many) % 4); row < rows; row++)
            {
                float* a = tile.A + (row * tile.ARowStride);
                float* c = tile.C + (row * tile.CRowStride);
                if (hasTwo)
                {
                    Tile1x32(tile, a, c);
                }
                else
                {
                    Tile1x16(tile, a, tile.B0, c);
                }
            }
        }

        private static void Many(in Operands tile, float* b, float* c, int many, int rows)
        {
            int row = 0;
            for (; row < many; row += 6)
            {
                Tile6x16(tile, tile.A + (row * tile.ARowStride), b, c + (row * tile.CRowStride));
            }

            for (; row + 4 <= rows; row += 4)
            {
                Tile4x16(tile, tile.A + (row * tile.ARowStride), b, c + (row * tile.CRowStride));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile6x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* a3 = a + (3 * aRow);
            Vector256<float> c0a = default;
            Vector256<float> c0b = default;
            Vector256<float> c1a = default;
            Vector256<float> c1b = default;
            Vector256<float> c2a = default;
            Vector256<float> c2b = default;
            Vector256<float> c3a = default;
            Vector256<float> c3b = default;
            Vector256<float> c4a = default;
            Vector256<float> c4b = default;
            Vector256<float> c5a = default;
            Vector256<float> c5b = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector256.Load(b);
                var bb = Vector256.Load(b + 8);
                var x = Vector256.Create(*a);
                c0a = Vector256.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector256.MultiplyAddEstimate(x, bb, c0b);
                x = Vector256.Create(a[aRow]);
                c1a = Vector256.MultiplyAddEstimate(x, ba, c1a);
                c1b = Vector256.MultiplyAddEstimate(x, bb, c1b);
                x = Vector256.Create(a[aRow2]);
                c2a = Vector256.MultiplyAddEstimate(x, ba, c2a);
                c2b = Vector256.MultiplyAddEstimate(x, bb, c2b);
                x = Vector256.Create(*a3);
                c3a = Vector256.MultiplyAddEstimate(x, ba, c3a);
                c3b = Vector256.MultiplyAddEstimate(x, bb, c3b);
                x = Vector256.Create(a3[aRow]);
                c4a = Vector256.MultiplyAddEstimate(x, ba, c4a);
                c4b = Vector256.MultiplyAddEstimate(x, bb, c4b);
                x = Vector256.Create(a3[aRow2]);
                c5a = Vector256.MultiplyAddEstimate(x, ba, c5a);
                c5b = Vector256.MultiplyAddEstimate(x, bb, c5b);
                a += aStep;
                a3 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b);
            Store(tile, c + cRow, c1a, c1b);
            Store(tile, c + (2 * cRow), c2a, c2b);
            Store(tile, c + (3 * cRow), c3a, c3b);
            Store(tile, c + (4 * cRow), c4a, c4b);
            Store(tile, c + (5 * cRow), c5a, c5b);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile4x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* a3 = a + (3 * aRow);
            Vector256<float> c0a = default;
            Vector256<float> c0b = default;
            Vector256<float> c1a = default;
            Vector256<float> c1b = default;
            Vector256<float> c2a = default;
            Vector256<float> c2b = default;
            Vector256<float> c3a = default;
            Vector256<float> c3b = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector256.Load(b);
                var bb = Vector256.Load(b + 8);
                var x = Vector256.Create(*a);
                c0a = Vector256.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector256.MultiplyAddEstimate(x, bb, c0b);
                x = Vector256.Create(a[aRow]);
                c1a = Vector256.MultiplyAddEstimate(x, ba, c1a);
                c1b = Vector256.MultiplyAddEstimate(x, bb, c1b);
                x = Vector256.Create(a[aRow2]);
                c2a = Vector256.MultiplyAddEstimate(x, ba, c2a);
                c2b = Vector256.MultiplyAddEstimate(x, bb, c2b);
                x = Vector256.Create(*a3);
                c3a = Vector256.MultiplyAddEstimate(x, ba, c3a);
                c3b = Vector256.MultiplyAddEstimate(x, bb, c3b);
                a += aStep;
                a3 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b);
            Store(tile, c + cRow, c1a, c1b);
            Store(tile, c + (2 * cRow), c2a, c2b);
            Store(tile, c + (3 * cRow), c3a, c3b);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile1x32(in Operands tile, float* a, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* b = tile.B0;
            nint second = (nint)(tile.B1 - tile.B0);
            Vector256<float> c0a = default;
            Vector256<float> c0b = default;
            Vector256<float> c0c = default;
            Vector256<float> c0d = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector256.Load(b);
                var bb = Vector256.Load(b + 8);
                var bc = Vector256.Load(b + second);
                var bd = Vector256.Load(b + second + 8);
                var x = Vector256.Create(*a);
                c0a = Vector256.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector256.MultiplyAddEstimate(x, bb, c0b);
                c0c = Vector256.MultiplyAddEstimate(x, bc, c0c);
                c0d = Vector256.MultiplyAddEstimate(x, bd, c0d);
                a += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b, c0c, c0d);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile1x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            Vector256<float> c0a = default;
            Vector256<float> c0b = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector256.Load(b);
                var bb = Vector256.Load(b + 8);
                var x = Vector256.Create(*a);
                c0a = Vector256.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector256.MultiplyAddEstimate(x, bb, c0b);
                a += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(in Operands tile, float* into, Vector256<float> a, Vector256<float> b)
        {
            var scale = Vector256.Create(tile.Scale);
            if (tile.Accumulate)
            {
                Vector256.MultiplyAddEstimate(scale, a, Vector256.Load(into)).Store(into);
                Vector256.MultiplyAddEstimate(scale, b, Vector256.Load(into + 8)).Store(into + 8);
            }
            else
            {
                (scale * a).Store(into);
                (scale * b).Store(into + 8);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(in Operands tile, float* into, Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
        {
            var scale = Vector256.Create(tile.Scale);
            if (tile.Accumulate)
            {
                Vector256.MultiplyAddEstimate(scale, a, Vector256.Load(into)).Store(into);
                Vector256.MultiplyAddEstimate(scale, b, Vector256.Load(into + 8)).Store(into + 8);
                Vector256.MultiplyAddEstimate(scale, c, Vector256.Load(into + 16)).Store(into + 16);
                Vector256.MultiplyAddEstimate(scale, d, Vector256.Load(into + 24)).Store(into + 24);
            }
            else
            {
                (scale * a).Store(into);
                (scale * b).Store(into + 8);
                (scale * c).Store(into + 16);
                (scale * d).Store(into + 24);
            }
        }
    }
}
