using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>Copies parts of row-major matrices into panels of 16 columns.</summary>
internal static unsafe class PanelPacking
{
    private const int Columns = PanelProduct.PanelColumns;

    /// <summary>panel[step, column] = source[step, column], zero in columns past <paramref name="columns"/>.</summary>
    /// <param name="panel">[steps, 16], aligned to 64 bytes.</param>
    /// <param name="source">[steps, at least columns].</param>
    /// <param name="rowStride">Numbers from row to row of the source.</param>
    /// <param name="columns">From 1 to 16.</param>
    /// <param name="steps">Rows of the source.</param>
    public static void Copy(float* panel, float* source, nint rowStride, int columns, int steps)
    {
        for (int step = 0; step < steps; step++, panel += Columns, source += rowStride)
        {
            if (columns == Columns)
            {
                Vector256.Load(source).Store(panel);
                Vector256.Load(source + 8).Store(panel + 8);
                continue;
            }

            for (int column = 0; column < Columns; column++)
            {
                panel[column] = column < columns ? source[column] : 0f;
            }
        }
    }

    /// <summary>panel[step, column] = source[column, step], zero in columns past <paramref name="columns"/>.</summary>
    /// <param name="panel">[steps, 16], aligned to 64 bytes.</param>
    /// <param name="source">[columns, at least steps].</param>
    /// <param name="rowStride">Numbers from row to row of the source.</param>
    /// <param name="columns">Rows of the source, from 1 to 16.</param>
    /// <param name="steps">Columns of the source to copy.</param>
    public static void Transpose(float* panel, float* source, nint rowStride, int columns, int steps)
    {
        for (int column = 0; column < Columns; column += 8)
        {
            int step = 0;
            if (column + 8 <= columns && Avx.IsSupported)
            {
                for (; step + 8 <= steps; step += 8)
                {
                    Transpose8x8(panel + (step * Columns) + column, Columns, source + (column * rowStride) + step, rowStride);
                }
            }

            for (; step < steps; step++)
            {
                for (int i = column; i < column + 8; i++)
                {
                    panel[(step * Columns) + i] = i < columns ? source[(i * rowStride) + step] : 0f;
                }
            }
        }
    }

    /// <summary>into[i, j] = from[j, i] for i and j below 8.</summary>
    /// <remarks>Pairs, then quadruples within each half of a register, then halves. Needs AVX.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose8x8(float* into, nint intoStride, float* from, nint fromStride)
    {
        var r0 = Vector256.Load(from);
        var r1 = Vector256.Load(from + fromStride);
        var r2 = Vector256.Load(from + (2 * fromStride));
        var r3 = Vector256.Load(from + (3 * fromStride));
        var r4 = Vector256.Load(from + (4 * fromStride));
        var r5 = Vector256.Load(from + (5 * fromStride));
        var r6 = Vector256.Load(from + (6 * fromStride));
        var r7 = Vector256.Load(from + (7 * fromStride));

        Vector256<float> t0 = Avx.UnpackLow(r0, r1);
        Vector256<float> t1 = Avx.UnpackHigh(r0, r1);
        Vector256<float> t2 = Avx.UnpackLow(r2, r3);
        Vector256<float> t3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> t4 = Avx.UnpackLow(r4, r5);
        Vector256<float> t5 = Avx.UnpackHigh(r4, r5);
        Vector256<float> t6 = Avx.UnpackLow(r6, r7);
        Vector256<float> t7 = Avx.UnpackHigh(r6, r7);

        r0 = Avx.Shuffle(t0, t2, 0x44);
        r1 = Avx.Shuffle(t0, t2, 0xEE);
        r2 = Avx.Shuffle(t1, t3, 0x44);
        r3 = Avx.Shuffle(t1, t3, 0xEE);
        r4 = Avx.Shuffle(t4, t6, 0x44);
        r5 = Avx.Shuffle(t4, t6, 0xEE);
        r6 = Avx.Shuffle(t5, t7, 0x44);
        r7 = Avx.Shuffle(t5, t7, 0xEE);

        Avx.Permute2x128(r0, r4, 0x20).Store(into);
        Avx.Permute2x128(r1, r5, 0x20).Store(into + intoStride);
        Avx.Permute2x128(r2, r6, 0x20).Store(into + (2 * intoStride));
        Avx.Permute2x128(r3, r7, 0x20).Store(into + (3 * intoStride));
        Avx.Permute2x128(r0, r4, 0x31).Store(into + (4 * intoStride));
        Avx.Permute2x128(r1, r5, 0x31).Store(into + (5 * intoStride));
        Avx.Permute2x128(r2, r6, 0x31).Store(into + (6 * intoStride));
        Avx.Permute2x128(r3, r7, 0x31).Store(into + (7 * intoStride));
    }
}
