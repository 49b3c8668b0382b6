using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Kernels;

/// <summary>Multiplies a block of rows by one panel of 32 columns: on tiles, else in AVX-512.</summary>
internal static unsafe class Bfloat16Block
{
    private const int Columns = Bfloat16Routine.Columns;
    private const int TileRows = Bfloat16Routine.TileRows;
    private const int HalfRows = TileRows / 2;

    /// <summary>Multiplies <paramref name="rows"/> rows; on tiles, rows up to a multiple of 32 are read, but not written.</summary>
    /// <param name="call">Where the block begins.</param>
    /// <param name="rows">Rows of c.</param>
    /// <param name="columns">Columns of c, up to 32.</param>
    /// <param name="accumulate">Adds to c in place of overwriting it.</param>
    public static void Multiply(Bfloat16Routine.Call call, int rows, int columns, bool accumulate)
    {
        if (MatrixPath.HasBfloat16Tiles)
        {
            MultiplyTiles(call, rows, columns, accumulate);
            return;
        }

        call.MaskLow = MaskOf(columns);
        call.MaskHigh = MaskOf(columns - 16);
        float* c = call.C;
        ushort* a = call.A;
        for (int row = 0; row < rows; row += Bfloat16Routine.VectorRows)
        {
            call.A = a + (row * (call.ARowBytes / sizeof(ushort)));
            call.C = c + (row * (call.CRowBytes / sizeof(float)));
            Bfloat16Code.RunVectors(ref call, Math.Min(Bfloat16Routine.VectorRows, rows - row), accumulate);
        }
    }

    private static nint MaskOf(int columns) => (1 << Math.Clamp(columns, 0, 16)) - 1;

    private static void MultiplyTiles(Bfloat16Routine.Call call, int rows, int columns, bool accumulate)
    {
        int whole = columns == Columns ? rows / TileRows * TileRows : 0;
        if (whole > 0)
        {
            Bfloat16Routine.Call blocks = call;
            blocks.Blocks = whole / TileRows;
            Bfloat16Code.RunTiles(ref blocks, hasTwoTiles: true, accumulate);
        }

        // What is no whole block goes by way of a buffer: loaded first where it is added to, so that the order of the sum is the same.
        float* buffer = stackalloc float[TileRows * Columns];
        for (int row = whole; row < rows; row += TileRows)
        {
            int count = Math.Min(TileRows, rows - row);
            float* c = call.C + (row * (call.CRowBytes / sizeof(float)));
            Bfloat16Routine.Call part = call;
            part.A += row * (call.ARowBytes / sizeof(ushort));
            part.C = buffer;
            part.CRowBytes = Columns * sizeof(float);
            part.Blocks = 1;
            if (accumulate)
            {
                Copy(buffer, Columns, c, call.CRowBytes / sizeof(float), count, columns);
            }

            Bfloat16Code.RunTiles(ref part, count > HalfRows, accumulate);
            Copy(c, call.CRowBytes / sizeof(float), buffer, Columns, count, columns);
        }
    }

    private static void Copy(float* into, nint intoStride, float* from, nint fromStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(from + (row * fromStride), columns).CopyTo(new Span<float>(into + (row * intoStride), columns));
        }
    }
}
