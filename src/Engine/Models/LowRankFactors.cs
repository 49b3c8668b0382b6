namespace Ratchet.Engine.Models;

/// <summary>What an adapter adds to one linear layer: y += scale · (x·aᵀ)·b; with a gain, y = (x·wᵀ + scale · (x·aᵀ)·b) ⊙ gain + bias.</summary>
/// <param name="a">A [rank, inputs].</param>
/// <param name="b">B transposed [rank, outputs].</param>
/// <param name="rank">Rows of both; 0 where the layer has no addition.</param>
/// <param name="scale">Factor on the product.</param>
/// <param name="gain">DoRA's magnitudes over the norms of the weights [outputs], or null.</param>
public readonly unsafe struct LowRankFactors(float* a, float* b, int rank, float scale, float* gain = null)
{
    /// <summary>A [rank, inputs].</summary>
    public float* A => a;

    /// <summary>B transposed [rank, outputs].</summary>
    public float* B => b;

    /// <summary>Rows of both; 0 where the layer has no addition.</summary>
    public int Rank => rank;

    /// <summary>Factor on the product.</summary>
    public float Scale => scale;

    /// <summary>Factor on each output before the bias, or null.</summary>
    public float* Gain => gain;
}
