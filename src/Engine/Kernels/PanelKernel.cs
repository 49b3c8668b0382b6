namespace Ratchet.Engine.Kernels;

/// <summary>Multiplies a block of rows by one or two panels of 16 columns: the innermost loops of every matrix product.</summary>
internal static unsafe partial class PanelKernel
{
    private const int Columns = PanelProduct.PanelColumns;
    private const int NarrowColumns = 8;

    /// <summary>Multiplies; <paramref name="columns"/> up to 16 use the first panel only.</summary>
    public static void Multiply(in Operands operands, int rows, int columns)
    {
        if (columns % Columns == 0 || (columns == NarrowColumns && VectorPath.Width >= VectorWidth.Bits256))
        {
            MultiplyWhole(operands, rows, columns);
            return;
        }

        // Whole vectors are stored, so the last columns go by way of a buffer.
        const int RowsBuffered = 12;
        float* buffer = stackalloc float[RowsBuffered * 2 * Columns];
        for (int row = 0; row < rows; row += RowsBuffered)
        {
            int count = Math.Min(RowsBuffered, rows - row);
            Operands part = operands;
            part.A += row * operands.ARowStride;
            part.C = buffer;
            part.CRowStride = 2 * Columns;
            part.Scale = 1f;
            part.Accumulate = false;
            MultiplyWhole(part, count, columns);
            for (int i = 0; i < count; i++)
            {
                float* c = operands.C + ((row + i) * operands.CRowStride);
                for (int j = 0; j < columns; j++)
                {
                    float value = buffer[(i * 2 * Columns) + j];
                    c[j] = operands.Accumulate ? float.MultiplyAddEstimate(operands.Scale, value, c[j]) : operands.Scale * value;
                }
            }
        }
    }

    /// <summary>Sets a block to zero.</summary>
    public static void Clear(float* c, nint rowStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            new Span<float>(c + (row * rowStride), columns).Clear();
        }
    }

    private static void MultiplyWhole(in Operands operands, int rows, int columns)
    {
        bool hasTwo = columns > Columns;
        switch (VectorPath.Width)
        {
            case VectorWidth.Bits512 or VectorWidth.Bits256 when columns <= NarrowColumns:
                Narrow.Multiply(operands, rows);
                return;
            case VectorWidth.Bits512:
                Wide512.Multiply(operands, rows, hasTwo);
                return;
            case VectorWidth.Bits256:
                Wide256.Multiply(operands, rows, hasTwo);
                return;
            case VectorWidth.Bits128:
                Wide128.Multiply(operands, operands.B0, operands.C, rows);
                if (hasTwo)
                {
                    Wide128.Multiply(operands, operands.B1, operands.C + Columns, rows);
                }

                return;
            default:
                MultiplyPlain(operands, operands.B0, operands.C, rows);
                if (hasTwo)
                {
                    MultiplyPlain(operands, operands.B1, operands.C + Columns, rows);
                }

                return;
        }
    }

    /// <summary>The reference: what the wide paths compute, in the same order.</summary>
    private static void MultiplyPlain(in Operands operands, float* b, float* c, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                float sum = 0f;
                for (int step = 0; step < operands.Steps; step++)
                {
                    float x = operands.A[(row * operands.ARowStride) + (step * operands.AStepStride)];
                    sum = float.MultiplyAddEstimate(x, b[(step * operands.BStepStride) + column], sum);
                }

                float* at = c + (row * operands.CRowStride) + column;
                *at = operands.Accumulate ? float.MultiplyAddEstimate(operands.Scale, sum, *at) : operands.Scale * sum;
            }
        }
    }

    /// <summary>A block of a, one or two panels of b and a block of c.</summary>
    public struct Operands
    {
        /// <summary>First row and step of a.</summary>
        public float* A;

        /// <summary>Numbers from row to row of a.</summary>
        public nint ARowStride;

        /// <summary>Numbers from step to step of a.</summary>
        public nint AStepStride;

        /// <summary>First panel [steps, 16].</summary>
        public float* B0;

        /// <summary>Second panel; not read where the block has up to 16 columns.</summary>
        public float* B1;

        /// <summary>Numbers from step to step of a panel.</summary>
        public nint BStepStride;

        /// <summary>Steps to sum over.</summary>
        public int Steps;

        /// <summary>First row and column of c.</summary>
        public float* C;

        /// <summary>Numbers from row to row of c.</summary>
        public nint CRowStride;

        /// <summary>Factor on every product.</summary>
        public float Scale;

        /// <summary>Adds to c in place of overwriting it.</summary>
        public bool Accumulate;
    }
}
