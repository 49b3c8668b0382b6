namespace Ratchet.Engine.Quantization;

/// <summary>Some rows of an <see cref="IntegerProduct"/> on their way through an adapter's A, a part of the work that threads share.</summary>
internal unsafe struct IntegerProjection
{
    // As many as make a part worth its hand-over.
    private const int RowsMax = 16;

    /// <summary>Whose A, and where the result goes.</summary>
    public IntegerAddition* Addition;

    /// <summary>The first row among all.</summary>
    public int FirstRow;

    /// <summary>The first row among those of its run.</summary>
    public int InRun;

    /// <summary>How many.</summary>
    public int Rows;

    /// <summary>Parts of a run.</summary>
    public static int CountOf(int rows) => (rows + RowsMax - 1) / RowsMax;

    /// <summary>Writes the parts of a run down.</summary>
    /// <param name="into">Room for <see cref="CountOf"/>.</param>
    /// <param name="addition">What is added to the product of the run.</param>
    /// <param name="firstRow">The run's first row among all.</param>
    /// <param name="rows">The run's rows.</param>
    /// <returns>How many.</returns>
    public static int List(IntegerProjection* into, IntegerAddition* addition, int firstRow, int rows)
    {
        for (int row = 0; row < rows; row += RowsMax)
        {
            *into++ = new IntegerProjection { Addition = addition, FirstRow = firstRow + row, InRun = row, Rows = Math.Min(RowsMax, rows - row) };
        }

        return CountOf(rows);
    }
}
