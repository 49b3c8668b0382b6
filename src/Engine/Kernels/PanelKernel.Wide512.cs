using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

internal static unsafe partial class PanelKernel
{
    /// <summary>512 bits: 24 sums of 16 columns in the 32 registers of AVX-512.</summary>
    private static class Wide512
    {
        /// <summary>One or two panels, in tiles of 12, 4 and 1 rows.</summary>
        public static void Multiply(in Operands tile, int rows, bool hasTwo)
        {
            for (int row = 0; row < rows;)
            {
                float* a = tile.A + (row * tile.ARowStride);
                float* c = tile.C + (row * tile.CRowStride);
                int count = rows - row >= 12 ? 12 : rows - row >= 4 ? 4 : 1;
                row += count;
                switch (count, hasTwo)
                {
                    case (12, true):
                        Tile12x32(tile, a, c);
                        break;
                    case (4, true):
                        Tile4x32(tile, a, c);
                        break;
                    case (1, true):
                        Tile1x32(tile, a, c);
                        break;
                    case (12, false):
                        Tile12x16(tile, a, tile.B0, c);
                        break;
                    case (4, false):
                        Tile4x16(tile, a, tile.B0, c);
                        break;
                    default:
                        Tile1x16(tile, a, tile.B0, c);
                        break;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile12x32(in Operands tile, float* a, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* b = tile.B0;
            nint second = (nint)(tile.B1 - tile.B0);
            float* a3 = a + (3 * aRow);
            float* a6 = a + (6 * aRow);
            float* a9 = a + (9 * aRow);
            Vector512<float> c0a = default;
            Vector512<float> c0b = default;
            Vector512<float> c1a = default;
            Vector512<float> c1b = default;
            Vector512<float> c2a = default;
            Vector512<float> c2b = default;
            Vector512<float> c3a = default;
            Vector512<float> c3b = default;
            Vector512<float> c4a = default;
            Vector512<float> c4b = default;
            Vector512<float> c5a = default;
            Vector512<float> c5b = default;
            Vector512<float> c6a = default;
            Vector512<float> c6b = default;
            Vector512<float> c7a = default;
            Vector512<float> c7b = default;
            Vector512<float> c8a = default;
            Vector512<float> c8b = default;
            Vector512<float> c9a = default;
            Vector512<float> c9b = default;
            Vector512<float> c10a = default;
            Vector512<float> c10b = default;
            Vector512<float> c11a = default;
            Vector512<float> c11b = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector512.Load(b);
                var bb = Vector512.Load(b + second);
                var x = Vector512.Create(*a);
                c0a = Vector512.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector512.MultiplyAddEstimate(x, bb, c0b);
                x = Vector512.Create(a[aRow]);
                c1a = Vector512.MultiplyAddEstimate(x, ba, c1a);
                c1b = Vector512.MultiplyAddEstimate(x, bb, c1b);
                x = Vector512.Create(a[aRow2]);
                c2a = Vector512.MultiplyAddEstimate(x, ba, c2a);
                c2b = Vector512.MultiplyAddEstimate(x, bb, c2b);
                x = Vector512.Create(*a3);
                c3a = Vector512.MultiplyAddEstimate(x, ba, c3a);
                c3b = Vector512.MultiplyAddEstimate(x, bb, c3b);
                x = Vector512.Create(a3[aRow]);
                c4a = Vector512.MultiplyAddEstimate(x, ba, c4a);
                c4b = Vector512.MultiplyAddEstimate(x, bb, c4b);
                x = Vector512.Create(a3[aRow2]);
                c5a = Vector512.MultiplyAddEstimate(x, ba, c5a);
                c5b = Vector512.MultiplyAddEstimate(x, bb, c5b);
                x = Vector512.Create(*a6);
                c6a = Vector512.MultiplyAddEstimate(x, ba, c6a);
                c6b = Vector512.MultiplyAddEstimate(x, bb, c6b);
                x = Vector512.Create(a6[aRow]);
                c7a = Vector512.MultiplyAddEstimate(x, ba, c7a);
                c7b = Vector512.MultiplyAddEstimate(x, bb, c7b);
                x = Vector512.Create(a6[aRow2]);
                c8a = Vector512.MultiplyAddEstimate(x, ba, c8a);
                c8b = Vector512.MultiplyAddEstimate(x, bb, c8b);
                x = Vector512.Create(*a9);
                c9a = Vector512.MultiplyAddEstimate(x, ba, c9a);
                c9b = Vector512.MultiplyAddEstimate(x, bb, c9b);
                x = Vector512.Create(a9[aRow]);
                c10a = Vector512.MultiplyAddEstimate(x, ba, c10a);
                c10b = Vector512.MultiplyAddEstimate(x, bb, c10b);
                x = Vector512.Create(a9[aRow2]);
                c11a = Vector512.MultiplyAddEstimate(x, ba, c11a);
                c11b = Vector512.MultiplyAddEstimate(x, bb, c11b);
                a += aStep;
                a3 += aStep;
                a6 += aStep;
                a9 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b);
            Store(tile, c + cRow, c1a, c1b);
            Store(tile, c + (2 * cRow), c2a, c2b);
            Store(tile, c + (3 * cRow), c3a, c3b);
            Store(tile, c + (4 * cRow), c4a, c4b);
            Store(tile, c + (5 * cRow), c5a, c5b);
            Store(tile, c + (6 * cRow), c6a, c6b);
            Store(tile, c + (7 * cRow), c7a, c7b);
            Store(tile, c + (8 * cRow), c8a, c8b);
            Store(tile, c + (9 * cRow), c9a, c9b);
            Store(tile, c + (10 * cRow), c10a, c10b);
            Store(tile, c + (11 * cRow), c11a, c11b);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile4x32(in Operands tile, float* a, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* b = tile.B0;
            nint second = (nint)(tile.B1 - tile.B0);
            float* a3 = a + (3 * aRow);
            Vector512<float> c0a = default;
            Vector512<float> c0b = default;
            Vector512<float> c1a = default;
            Vector512<float> c1b = default;
            Vector512<float> c2a = default;
            Vector512<float> c2b = default;
            Vector512<float> c3a = default;
            Vector512<float> c3b = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector512.Load(b);
                var bb = Vector512.Load(b + second);
                var x = Vector512.Create(*a);
                c0a = Vector512.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector512.MultiplyAddEstimate(x, bb, c0b);
                x = Vector512.Create(a[aRow]);
                c1a = Vector512.MultiplyAddEstimate(x, ba, c1a);
                c1b = Vector512.MultiplyAddEstimate(x, bb, c1b);
                x = Vector512.Create(a[aRow2]);
                c2a = Vector512.MultiplyAddEstimate(x, ba, c2a);
                c2b = Vector512.MultiplyAddEstimate(x, bb, c2b);
                x = Vector512.Create(*a3);
                c3a = Vector512.MultiplyAddEstimate(x, ba, c3a);
                c3b = Vector512.MultiplyAddEstimate(x, bb, c3b);
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
            Vector512<float> c0a = default;
            Vector512<float> c0b = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector512.Load(b);
                var bb = Vector512.Load(b + second);
                var x = Vector512.Create(*a);
                c0a = Vector512.MultiplyAddEstimate(x, ba, c0a);
                c0b = Vector512.MultiplyAddEstimate(x, bb, c0b);
                a += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a, c0b);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile12x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* a3 = a + (3 * aRow);
            float* a6 = a + (6 * aRow);
            float* a9 = a + (9 * aRow);
            Vector512<float> c0a = default;
            Vector512<float> c1a = default;
            Vector512<float> c2a = default;
            Vector512<float> c3a = default;
            Vector512<float> c4a = default;
            Vector512<float> c5a = default;
            Vector512<float> c6a = default;
            Vector512<float> c7a = default;
            Vector512<float> c8a = default;
            Vector512<float> c9a = default;
            Vector512<float> c10a = default;
            Vector512<float> c11a = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector512.Load(b);
                var x = Vector512.Create(*a);
                c0a = Vector512.MultiplyAddEstimate(x, ba, c0a);
                x = Vector512.Create(a[aRow]);
                c1a = Vector512.MultiplyAddEstimate(x, ba, c1a);
                x = Vector512.Create(a[aRow2]);
                c2a = Vector512.MultiplyAddEstimate(x, ba, c2a);
                x = Vector512.Create(*a3);
                c3a = Vector512.MultiplyAddEstimate(x, ba, c3a);
                x = Vector512.Create(a3[aRow]);
                c4a = Vector512.MultiplyAddEstimate(x, ba, c4a);
                x = Vector512.Create(a3[aRow2]);
                c5a = Vector512.MultiplyAddEstimate(x, ba, c5a);
                x = Vector512.Create(*a6);
                c6a = Vector512.MultiplyAddEstimate(x, ba, c6a);
                x = Vector512.Create(a6[aRow]);
                c7a = Vector512.MultiplyAddEstimate(x, ba, c7a);
                x = Vector512.Create(a6[aRow2]);
                c8a = Vector512.MultiplyAddEstimate(x, ba, c8a);
                x = Vector512.Create(*a9);
                c9a = Vector512.MultiplyAddEstimate(x, ba, c9a);
                x = Vector512.Create(a9[aRow]);
                c10a = Vector512.MultiplyAddEstimate(x, ba, c10a);
                x = Vector512.Create(a9[aRow2]);
                c11a = Vector512.MultiplyAddEstimate(x, ba, c11a);
                a += aStep;
                a3 += aStep;
                a6 += aStep;
                a9 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a);
            Store(tile, c + cRow, c1a);
            Store(tile, c + (2 * cRow), c2a);
            Store(tile, c + (3 * cRow), c3a);
            Store(tile, c + (4 * cRow), c4a);
            Store(tile, c + (5 * cRow), c5a);
            Store(tile, c + (6 * cRow), c6a);
            Store(tile, c + (7 * cRow), c7a);
            Store(tile, c + (8 * cRow), c8a);
            Store(tile, c + (9 * cRow), c9a);
            Store(tile, c + (10 * cRow), c10a);
            Store(tile, c + (11 * cRow), c11a);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile4x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aRow2 = 2 * aRow;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            float* a3 = a + (3 * aRow);
            Vector512<float> c0a = default;
            Vector512<float> c1a = default;
            Vector512<float> c2a = default;
            Vector512<float> c3a = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector512.Load(b);
                var x = Vector512.Create(*a);
                c0a = Vector512.MultiplyAddEstimate(x, ba, c0a);
                x = Vector512.Create(a[aRow]);
                c1a = Vector512.MultiplyAddEstimate(x, ba, c1a);
                x = Vector512.Create(a[aRow2]);
                c2a = Vector512.MultiplyAddEstimate(x, ba, c2a);
                x = Vector512.Create(*a3);
                c3a = Vector512.MultiplyAddEstimate(x, ba, c3a);
                a += aStep;
                a3 += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a);
            Store(tile, c + cRow, c1a);
            Store(tile, c + (2 * cRow), c2a);
            Store(tile, c + (3 * cRow), c3a);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Tile1x16(in Operands tile, float* a, float* b, float* c)
        {
            nint aRow = tile.ARowStride;
            nint aStep = tile.AStepStride;
            nint bStep = tile.BStepStride;
            Vector512<float> c0a = default;
            for (int step = tile.Steps; step > 0; step--)
            {
                var ba = Vector512.Load(b);
                var x = Vector512.Create(*a);
                c0a = Vector512.MultiplyAddEstimate(x, ba, c0a);
                a += aStep;
                b += bStep;
            }

            nint cRow = tile.CRowStride;
            Store(tile, c, c0a);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(in Operands tile, float* into, Vector512<float> a)
        {
            var scale = Vector512.Create(tile.Scale);
            if (tile.Accumulate)
            {
                Vector512.MultiplyAddEstimate(scale, a, Vector512.Load(into)).Store(into);
            }
            else
            {
                (scale * a).Store(into);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(in Operands tile, float* into, Vector512<float> a, Vector512<float> b)
        {
            var scale = Vector512.Create(tile.Scale);
            if (tile.Accumulate)
            {
                Vector512.MultiplyAddEstimate(scale, a, Vector512.Load(into)).Store(into);
                Vector512.MultiplyAddEstimate(scale, b, Vector512.Load(into + 16)).Store(into + 16);
            }
            else
            {
                (scale * a).Store(into);
                (scale * b).Store(into + 16);
            }
        }
    }
}
