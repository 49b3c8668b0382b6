namespace Ratchet.Engine.Quantization;

/// <summary>What an adapter adds to one product of an <see cref="IntegerProduct"/>, with its factors in bytes: y += scale · (x · Aᵀ) · Bᵀ.</summary>
internal unsafe struct IntegerAddition
{
    /// <summary>A [rank, inputs] in blocks of bytes.</summary>
    public byte* A;

    /// <summary>Bytes of a row of A's tiles.</summary>
    public long ARowBytes;

    /// <summary>B's tiles; see <see cref="ExpansionMatrix"/>.</summary>
    public byte* B;

    /// <summary>Bytes of one of B's tiles.</summary>
    public int BTileBytes;

    /// <summary>Rows of A; 0 where the adapter adds nothing to this product.</summary>
    public int Rank;

    /// <summary>Factor on the product.</summary>
    public float Scale;

    /// <summary>scale · x · Aᵀ of the run's rows as <see cref="ExpansionRows"/>, which the product puts there.</summary>
    public byte* Between;

    /// <summary>What two factors add.</summary>
    /// <param name="a">[rank, inputs], Q8_0.</param>
    /// <param name="b">[outputs, rank].</param>
    /// <param name="scale">Factor on the product.</param>
    public static IntegerAddition Of(WeightMatrix a, ExpansionMatrix b, float scale) => new()
    {
        A = a.Tiles,
        ARowBytes = a.TileRowBytes,
        B = b.Tiles,
        BTileBytes = b.TileBytes,
        Rank = a.Outputs,
        Scale = scale,
    };
}
