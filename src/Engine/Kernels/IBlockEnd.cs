namespace Ratchet.Engine.Kernels;

/// <summary>What is done with each block of a product as soon as it is complete, while it lies in the cache.</summary>
internal unsafe interface IBlockEnd
{
    /// <summary>Takes some rows and columns of the product; called once for each number, by any thread.</summary>
    /// <param name="c">First number of the block.</param>
    /// <param name="stride">Numbers from row to row of c.</param>
    /// <param name="row">Which row of the product that is.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="column">Which column of the product that is.</param>
    /// <param name="columns">Columns of the block.</param>
    void Invoke(float* c, nint stride, int row, int rows, int column, int columns);
}
