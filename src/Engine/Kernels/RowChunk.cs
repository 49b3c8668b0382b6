namespace Ratchet.Engine.Kernels;

/// <summary>How many rows one chunk of a <see cref="RowLoop"/> should hold.</summary>
internal static class RowChunk
{
    // Handing out a chunk costs a few hundred nanoseconds; below this many numbers the work is not worth that.
    private const long ElementsMin = 8192;
    private const int ChunksMax = 64;

    /// <summary>Rows a chunk, so that a chunk holds enough work and small jobs stay on the caller's thread.</summary>
    /// <param name="rows">Rows of the whole loop.</param>
    /// <param name="elementsPerRow">Numbers touched for a row, as a measure of its work.</param>
    public static int Rows(int rows, long elementsPerRow)
    {
        long forWork = (ElementsMin + elementsPerRow - 1) / Math.Max(1, elementsPerRow);
        long forCount = ((long)rows + ChunksMax - 1) / ChunksMax;
        return (int)Math.Clamp(Math.Max(forWork, forCount), 1, int.MaxValue);
    }
}
