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
