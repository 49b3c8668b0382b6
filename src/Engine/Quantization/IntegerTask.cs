using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>One product of an <see cref="IntegerProduct"/>: y = x · Wᵀ for consecutive outputs of a weight.</summary>
internal unsafe struct IntegerTask
{
    /// <summary>The first row of tiles.</summary>
    public byte* Tiles;

    /// <summary>Bytes of a row of tiles.</summary>
    public long TileRowBytes;

    /// <summary>How the weight is stored.</summary>
    public ElementType Type;

    /// <summary>Result [rows, outputs].</summary>
    public float* Y;

    /// <summary>Columns of the result.</summary>
    public int Outputs;

    /// <summary>Adds to the result in place of overwriting it.</summary>
    public bool Accumulate;

    /// <summary>
    /// Multiplies what the activations' rounding left over as well, rounded in its turn: then their error is that of sixteen bits, and
    /// the result as near to single precision as single precision is to itself.
    /// </summary>
    public bool IsFine;

    /// <summary>Its first row of tiles among those of all products.</summary>
    public int FirstUnit;

    /// <summary>All outputs of a weight.</summary>
    public static IntegerTask Of(WeightMatrix weight, float* y, bool accumulate, bool isFine = false)
        => Of(weight, 0, weight.Outputs, y, accumulate, isFine);

    /// <summary>Some outputs of a weight.</summary>
    /// <param name="weight">In blocks.</param>
    /// <param name="firstOutput">A multiple of 16.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="y">Result [rows, outputs].</param>
    /// <param name="accumulate">Adds to the result in place of overwriting it.</param>
    /// <param name="isFine">Multiplies the rest of the rounding as well.</param>
    public static IntegerTask Of(WeightMatrix weight, int firstOutput, int outputs, float* y, bool accumulate, bool isFine) => new()
    {
        Tiles = weight.Tiles + (firstOutput / TileLayout.Outputs * weight.TileRowBytes),
        TileRowBytes = weight.TileRowBytes,
        Type = weight.Type,
        Y = y,
        Outputs = outputs,
        Accumulate = accumulate,
        IsFine = isFine,
    };
}
