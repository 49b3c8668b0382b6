namespace Ratchet.Engine.Kernels;

/// <summary>Products of dense single-precision matrices, and their gradients. All matrices are row-major.</summary>
/// <remarks>
/// <code>
/// y[i,o]  = Σ over j of x[i,j] · w[o,j]
/// dx[i,j] = Σ over o of dy[i,o] · w[o,j]
/// dw[o,j] = Σ over i of dy[i,o] · x[i,j]
/// </code>
/// A row of the result does not depend on the other rows, nor on the thread count.
/// </remarks>
public static unsafe class MatMulKernel
{
    /// <summary>y = scale · x · wᵀ, or y += with <paramref name="accumulate"/>.</summary>
    /// <param name="y">Output [rows, outputs]; not the memory of another argument.</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    /// <param name="scale">Factor on every product.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    public static void Forward(
        float* y, float* x, float* weight, int rows, int inputs, int outputs, float scale = 1f, bool accumulate = false)
        => Multiply(y, x, weight, rows, inputs, outputs, (inputs, 1), isTransposed: true, scale, accumulate);

    /// <summary>dx += scale · dy · w.</summary>
    /// <param name="dx">Added to, [rows, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="inputs">Columns of dx.</param>
    /// <param name="outputs">Columns of dy.</param>
    /// <param name="scale">Factor on every product.</param>
    public static void BackwardInput(
        float* dx, float* dy, float* weight, int rows, int inputs, int outputs, float scale = 1f)
        => Multiply(dx, dy, weight, rows, outputs, inputs, (outputs, 1), isTransposed: false, scale, accumulate: true);

    /// <summary>dw += scale · dyᵀ · x.</summary>
    /// <param name="dWeight">Added to, [outputs, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows of dy and x.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of dy.</param>
    /// <param name="scale">Factor on every product.</param>
    public static void BackwardWeight(
        float* dWeight, float* dy, float* x, int rows, int inputs, int outputs, float scale = 1f)
        => Multiply(dWeight, dy, x, outputs, rows, inputs, (1, outputs), isTransposed: false, scale, accumulate: true);

    /// <summary>c = scale · a · b or c +=, for matrices that lie inside larger ones, such as one head of a row.</summary>
    /// <param name="c">Result [rows, columns]; not the memory of another argument.</param>
    /// <param name="cRowStride">Numbers from row to row of c.</param>
    /// <param name="a">Left [rows, depth].</param>
    /// <param name="aStride">Numbers from row to row, and from column to column, of a.</param>
    /// <param name="b">Right [depth, columns], or its transpose [columns, depth].</param>
    /// <param name="bRowStride">Numbers from row to row of b as it lies in memory.</param>
    /// <param name="isTransposed">b holds [columns, depth].</param>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="depth">Length of each sum.</param>
    /// <param name="columns">Columns of c.</param>
    /// <param name="scale">Factor on every product.</param>
    /// <param name="accumulate">Adds to c in place of overwriting it.</param>
    public static void Product(
        float* c, nint cRowStride, float* a, (nint Row, nint Column) aStride, float* b, nint bRowStride, bool isTransposed,
        int rows, int depth, int columns, float scale = 1f, bool accumulate = false)
    {
        var product = new PanelProduct
        {
            C = c,
            CRowStride = cRowStride,
            A = a,
            ARowStride = aStride.Row,
            AStepStride = aStride.Column,
            Rows = rows,
            Columns = columns,
            Depth = depth,
            Scale = scale,
            Accumulate = accumulate,
        };
        if (isTransposed)
        {
            product.Run(new TransposedSource(b, bRowStride));
        }
        else
        {
            product.Run(new RowSource(b, bRowStride));
        }
    }

    private static void Multiply(
        float* c, float* a, float* b, int rows, int depth, int columns, (nint Row, nint Column) aStride, bool isTransposed,
        float scale, bool accumulate)
        => Product(c, columns, a, aStride, b, isTransposed ? depth : columns, isTransposed, rows, depth, columns, scale, accumulate);

    /// <summary>A matrix whose rows are the steps of the sum.</summary>
    private readonly struct RowSource(float* matrix, nint rowStride) : IPanelSource
    {
        public void Pack(float* panels, int firstColumn, int columnCount, int firstStep, int stepCount)
        {
            float* from = matrix + (firstStep * rowStride) + firstColumn;
            for (int column = 0; column < columnCount; column += PanelProduct.PanelColumns)
            {
                int columns = Math.Min(PanelProduct.PanelColumns, columnCount - column);
                PanelPacking.Copy(panels + ((long)column * stepCount), from + column, rowStride, columns, stepCount);
            }
        }

        public bool TryDirect(int column, int columnCount, int step, int rows, out DirectPanels panels)
        {
            float* at = matrix + (step * rowStride) + column;
            panels = new DirectPanels { First = at, Second = at + PanelProduct.PanelColumns, StepStride = rowStride };

            // For few rows the copy into panels would cost as much as the product.
            return rows <= 12 && columnCount == 2 * PanelProduct.PanelColumns;
        }
    }

    /// <summary>A matrix whose rows are the columns of the result.</summary>
    private readonly struct TransposedSource(float* matrix, nint rowStride) : IPanelSource
    {
        public void Pack(float* panels, int firstColumn, int columnCount, int firstStep, int stepCount)
        {
            float* from = matrix + (firstColumn * rowStride) + firstStep;
            for (int column = 0; column < columnCount; column += PanelProduct.PanelColumns)
            {
                int columns = Math.Min(PanelProduct.PanelColumns, columnCount - column);
                PanelPacking.Transpose(
                    panels + ((long)column * stepCount), from + (column * rowStride), rowStride, columns, stepCount);
            }
        }

        public bool TryDirect(int column, int columnCount, int step, int rows, out DirectPanels panels)
        {
            panels = default;
            return false;
        }
    }
}
