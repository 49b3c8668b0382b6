using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Models;

/// <summary>What an adapter adds to one linear layer: y += scale · (x·aᵀ)·b; with a gain, y = (x·wᵀ + scale · (x·aᵀ)·b) ⊙ gain + bias.</summary>
/// <param name="a">A [rank, inputs].</param>
/// <param name="b">B transposed [rank, outputs].</param>
/// <param name="rank">Rows of both; 0 where the layer has no addition.</param>
/// <param name="scale">Factor on the product.</param>
/// <param name="gain">DoRA's magnitudes over the norms of the weights [outputs], or null.</param>
/// <param name="roundedA">A in bytes [rank, inputs], or null.</param>
/// <param name="roundedB">B in bytes [outputs, rank], or null.</param>
public readonly unsafe struct LowRankFactors(
    float* a, float* b, int rank, float scale, float* gain = null, WeightMatrix? roundedA = null, ExpansionMatrix? roundedB = null)
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

    /// <summary>A in bytes [rank, inputs], for products in integers; null where there is none.</summary>
    public WeightMatrix? RoundedA => roundedA;

    /// <summary>B in bytes [outputs, rank]; with <see cref="RoundedA"/>.</summary>
    public ExpansionMatrix? RoundedB => roundedB;
}
