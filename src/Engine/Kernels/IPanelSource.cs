namespace Ratchet.Engine.Kernels;

/// <summary>The right-hand matrix of a product, [steps, columns], given to the kernels in panels of 16 columns.</summary>
internal unsafe interface IPanelSource
{
    /// <summary>Writes one or two panels, [stepCount, 16] each, one after the other; columns past the end become 0.</summary>
    /// <param name="panels">Aligned to 64 bytes.</param>
    /// <param name="firstColumn">A multiple of 32.</param>
    /// <param name="columnCount">From 1 to 32; up to 16 make one panel.</param>
    /// <param name="firstStep">A multiple of 32.</param>
    /// <param name="stepCount">A multiple of 32 unless the matrix ends there.</param>
    void Pack(float* panels, int firstColumn, int columnCount, int firstStep, int stepCount);

    /// <summary>Finds the panels in memory as they are, where that saves more than it costs.</summary>
    /// <param name="column">A multiple of 32.</param>
    /// <param name="columnCount">From 1 to 32.</param>
    /// <param name="step">A multiple of 32.</param>
    /// <param name="rows">Rows that will be multiplied by the panels.</param>
    /// <param name="panels">Addresses of the first and second panel, and the numbers from step to step of both.</param>
    bool TryDirect(int column, int columnCount, int step, int rows, out DirectPanels panels);
}

/// <summary>Two panels that need no packing: 16 columns lie side by side in memory.</summary>
internal unsafe struct DirectPanels
{
    /// <summary>First panel.</summary>
    public float* First;

    /// <summary>Second panel; not read where there are up to 16 columns.</summary>
    public float* Second;

    /// <summary>Numbers from step to step.</summary>
    public nint StepStride;
}
