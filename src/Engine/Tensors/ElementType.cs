namespace Ratchet.Engine.Tensors;

/// <summary>How the numbers of a tensor are stored. Names are those of ggml, where a block type is meant.</summary>
public enum ElementType
{
    /// <summary>IEEE single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE half precision, 2 bytes.</summary>
    F16,

    /// <summary>bfloat16: the upper half of an F32, 2 bytes.</summary>
    BF16,

    /// <summary>32 numbers in 18 bytes: F16 scale, 16 bytes of nibbles; value = scale · (nibble - 8).</summary>
    Q4_0,

    /// <summary>32 numbers in 20 bytes: F16 scale, F16 minimum, 16 bytes of nibbles; value = scale · nibble + minimum.</summary>
    Q4_1,

    /// <summary>32 numbers in 22 bytes: F16 scale, 4 bytes of fifth bits, 16 bytes of nibbles.</summary>
    Q5_0,

    /// <summary>32 numbers in 24 bytes: F16 scale, F16 minimum, 4 bytes of fifth bits, 16 bytes of nibbles.</summary>
    Q5_1,

    /// <summary>32 numbers in 34 bytes: F16 scale, 32 signed bytes; value = scale · byte.</summary>
    Q8_0,

    /// <summary>256 numbers in 84 bytes: two bits each, a scale and a minimum of four bits for every 16, an F16 factor for both.</summary>
    Q2_K,

    /// <summary>256 numbers in 110 bytes: three bits each, a scale of six bits for every 16, an F16 factor.</summary>
    Q3_K,

    /// <summary>256 numbers in 144 bytes: four bits each, a scale and a minimum of six bits for every 32, an F16 factor for both.</summary>
    Q4_K,

    /// <summary>256 numbers in 176 bytes: five bits each, else as <see cref="Q4_K"/>.</summary>
    Q5_K,

    /// <summary>256 numbers in 210 bytes: six bits each, a scale of eight bits for every 16, an F16 factor.</summary>
    Q6_K,

    /// <summary>32 numbers in 18 bytes: F16 scale, 16 bytes of nibbles that name one of 16 uneven levels.</summary>
    IQ4_NL,

    /// <summary>256 numbers in 136 bytes: levels of <see cref="IQ4_NL"/>, a scale of six bits for every 32, an F16 factor.</summary>
    IQ4_XS,

    /// <summary>Four-bit levels at equal shares of a normal distribution, bitsandbytes' flat blocks; in no tensor, only in weights.</summary>
    Nf4,

    /// <summary>Four-bit levels of a sign, two bits of exponent and one of fraction; as <see cref="Nf4"/>.</summary>
    Fp4,
}

/// <summary>Block sizes of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Numbers in one block; 1 for plain types.</summary>
    public static int BlockSize(this ElementType type) => type switch
    {
        ElementType.F32 or ElementType.F16 or ElementType.BF16 => 1,
        ElementType.Q2_K or ElementType.Q3_K or ElementType.Q4_K or ElementType.Q5_K or ElementType.Q6_K or ElementType.IQ4_XS => 256,
        _ => 32,
    };

    /// <summary>Bytes of one block.</summary>
    public static int BlockBytes(this ElementType type) => type switch
    {
        ElementType.F32 => 4,
        ElementType.F16 or ElementType.BF16 => 2,
        ElementType.Q4_0 => 18,
        ElementType.Q4_1 => 20,
        ElementType.Q5_0 => 22,
        ElementType.Q5_1 => 24,
        ElementType.Q8_0 => 34,
        ElementType.Q2_K => 84,
        ElementType.Q3_K => 110,
        ElementType.Q4_K => 144,
        ElementType.Q5_K => 176,
        ElementType.Q6_K => 210,
        ElementType.IQ4_NL => 18,
        ElementType.IQ4_XS => 136,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "This element type has no known block."),
    };

    /// <summary>Bytes of one row of <paramref name="columns"/> numbers.</summary>
    /// <exception cref="ArgumentException">The row does not end at a block's end.</exception>
    public static long RowBytes(this ElementType type, long columns)
    {
        int size = type.BlockSize();
        if (columns % size != 0)
        {
            throw new ArgumentException(
                $"A row of {columns} numbers cannot be stored as {type}: it must be a multiple of {size}.", nameof(columns));
        }

        return checked(columns / size * type.BlockBytes());
    }
}
