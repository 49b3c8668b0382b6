using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Tests.Kernels.Emitted;

/// <summary>The tile routines on a machine of our own, which every processor runs.</summary>
public unsafe class Bfloat16RoutineTests
{
    private const int Columns = Bfloat16Routine.Columns;

    [Theory]
    [InlineData(true, 1, 1)]
    [InlineData(true, 3, 2)]
    [InlineData(false, 1, 3)]
    [InlineData(false, 2, 1)]
    public void Tile_routines_multiply_blocks_of_rows(bool hasTwoTiles, int blocks, int steps)
    {
        int rows = blocks * (hasTwoTiles ? 32 : 16);
        int depth = steps * Bfloat16Routine.StepDepth;
        float[] a = [.. Numbers.Random(rows * depth, 1).Select(Rounded)];
        float[] b = [.. Numbers.Random(depth * Columns, 2).Select(Rounded)];
        float[] start = Numbers.Random(rows * Columns, 3);
        foreach (bool accumulate in (bool[])[false, true])
        {
            float[] c = [.. start];
            Run(Bfloat16Routine.Tiles(hasTwoTiles, accumulate), a, Packed(b, depth), c, rows, blocks, steps);
            Numbers.AssertNear(
                Numbers.Product((i, k) => a[(i * depth) + k], (k, j) => b[(k * Columns) + j], rows, depth, Columns, 1, accumulate ? start : null), c);
        }
    }

    // Rows of a and c are wider than the block: what lies beside it stays.
    private static void Run(byte[] code, float[] a, ushort[] b, float[] c, int rows, int blocks, int steps)
    {
        int depth = steps * Bfloat16Routine.StepDepth;
        int aWidth = depth + 32;
        const int CWidth = Columns + 7;
        ushort[] aRows = new ushort[rows * aWidth];
        float[] cRows = [.. Enumerable.Repeat(-9f, rows * CWidth)];
        byte[] shapes = new byte[64];
        shapes[0] = 1;
        for (int tile = 0; tile < 8; tile++)
        {
            shapes[16 + (2 * tile)] = 64;
            shapes[48 + tile] = 16;
        }

        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < depth; k++)
            {
                aRows[(row * aWidth) + k] = (ushort)(Bfloat16Kernel.Round(a[(row * depth) + k]) >> 16);
            }

            c.AsSpan(row * Columns, Columns).CopyTo(cRows.AsSpan(row * CWidth));
        }

        fixed (ushort* aAt = aRows, bAt = b)
        {
            fixed (float* cAt = cRows)
            {
                fixed (byte* shapesAt = shapes)
                {
                    var call = new Bfloat16Routine.Call
                    {
                        A = aAt,
                        ARowBytes = aWidth * sizeof(ushort),
                        B = bAt,
                        Steps = steps,
                        C = cAt,
                        CRowBytes = CWidth * sizeof(float),
                        TileShapes = shapesAt,
                        TileRowBytes = 64,
                        Blocks = blocks,
                    };
                    new TileMachine().Run(code, &call);
                }
            }
        }

        for (int row = 0; row < rows; row++)
        {
            cRows.AsSpan(row * CWidth, Columns).CopyTo(c.AsSpan(row * Columns));
            Assert.All(cRows.AsSpan((row * CWidth) + Columns, CWidth - Columns).ToArray(), beside => Assert.Equal(-9f, beside));
        }
    }

    private static ushort[] Packed(float[] b, int depth)
    {
        ushort[] packed = new ushort[depth * Columns];
        const int Half = Bfloat16Routine.StepBytes / 4;
        for (int half = 0; half < 2; half++)
        {
            // Panels are aligned to 64 bytes, as the kernels' scratch memory is.
            float* panel = (float*)NativeMemory.AlignedAlloc((nuint)(depth * 16 * sizeof(float)), 64);
            for (int k = 0; k < depth; k++)
            {
                for (int j = 0; j < 16; j++)
                {
                    panel[(k * 16) + j] = b[(k * Columns) + (half * 16) + j];
                }
            }

            fixed (ushort* at = packed)
            {
                Bfloat16Kernel.Interleave(at + (half * Half), 2 * Half, panel, depth);
            }

            NativeMemory.AlignedFree(panel);
        }

        return packed;
    }

    private static float Rounded(float number) => BitConverter.UInt32BitsToSingle(Bfloat16Kernel.Round(number));
}
