namespace Ratchet.Engine.Kernels;

/// <summary>z · p, which a product adds to each block of its result while that lies in the cache.</summary>
/// <remarks>
/// For y = x·Wᵀ + z·B and dx = dy·W + dz·A. A pass of its own over y would read and write as much memory as the product itself.
/// </remarks>
internal unsafe struct LowRankTerm
{
    /// <summary>Left-hand matrix [rows, rank].</summary>
    public float* Z;

    /// <summary>Factor [rank, columns of the product].</summary>
    public float* Factor;

    /// <summary>Numbers from row to row of the factor.</summary>
    public int Columns;

    /// <summary>Length of each sum; 0 adds nothing.</summary>
    public int Rank;

    /// <summary>Numbers that the factor's panels of a task take.</summary>
    public readonly long PanelNumbers => 2L * PanelProduct.PanelColumns * Rank;

    /// <summary>Lays out the factor's columns for <see cref="Add"/>.</summary>
    /// <param name="panels">[<see cref="PanelNumbers"/>], aligned to 64 bytes.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">From 1 to 32.</param>
    public readonly void Pack(float* panels, int column, int columns)
    {
        for (int first = 0; first < columns; first += PanelProduct.PanelColumns, panels += (long)PanelProduct.PanelColumns * Rank)
        {
            int count = Math.Min(PanelProduct.PanelColumns, columns - first);
            PanelPacking.Copy(panels, Factor + column + first, Columns, count, Rank);
        }
    }

    /// <summary>c += z · p for some rows and up to 32 columns.</summary>
    /// <param name="c">First number of the block.</param>
    /// <param name="stride">Numbers from row to row of c.</param>
    /// <param name="panels">What <see cref="Pack"/> made of the columns.</param>
    /// <param name="row">Which row of z the first is.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="columns">Columns of the block.</param>
    public readonly void Add(float* c, nint stride, float* panels, int row, int rows, int columns)
    {
        if (Rank == 0)
        {
            return;
        }

        var tile = new PanelKernel.Operands
        {
            A = Z + ((long)row * Rank),
            ARowStride = Rank,
            AStepStride = 1,
            B0 = panels,
            B1 = panels + ((long)PanelProduct.PanelColumns * Rank),
            BStepStride = PanelProduct.PanelColumns,
            Steps = Rank,
            C = c,
            CRowStride = stride,
            Scale = 1f,
            Accumulate = true,
        };
        PanelKernel.Multiply(tile, rows, columns);
    }
}
