namespace Ratchet.Engine.Kernels;

/// <summary>A few rows that share an adapter: y += scale · (x · Aᵀ) · B.</summary>
internal unsafe struct LowRankPart
{
    /// <summary>First row of the result [rows, outputs].</summary>
    public float* Y;

    /// <summary>First row of the input [rows, inputs].</summary>
    public float* X;

    /// <summary>Room for what lies between [rows, rank].</summary>
    public float* Z;

    /// <summary>A [rank, inputs].</summary>
    public float* A;

    /// <summary>B transposed [rank, outputs].</summary>
    public float* B;

    /// <summary>Rows.</summary>
    public int Rows;

    /// <summary>Rows of both factors.</summary>
    public int Rank;

    /// <summary>Factor on the product.</summary>
    public float Scale;
}
