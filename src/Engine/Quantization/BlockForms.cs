namespace Ratchet.Engine.Quantization;

/// <summary>What the integer kernels must know of a block type; constants to the compiler, which drops the branches.</summary>
internal interface IBlockForm
{
    /// <summary>Numbers are signed bytes in place of nibbles.</summary>
    static abstract bool HasBytes { get; }

    /// <summary>Nibbles have a fifth bit.</summary>
    static abstract bool HasFifthBits { get; }

    /// <summary>Blocks have a minimum; else levels are counted from <see cref="Center"/>.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>The level that stands for 0.</summary>
    static abstract int Center { get; }
}

internal readonly struct Q4_0Form : IBlockForm
{
    public static bool HasBytes => false;

    public static bool HasFifthBits => false;

    public static bool HasMinimum => false;

    public static int Center => 8;
}

internal readonly struct Q4_1Form : IBlockForm
{
    public static bool HasBytes => false;

    public static bool HasFifthBits => false;

    public static bool HasMinimum => true;

    public static int Center => 0;
}

internal readonly struct Q5_0Form : IBlockForm
{
    public static bool HasBytes => false;

    public static bool HasFifthBits => true;

    public static bool HasMinimum => false;

    public static int Center => 16;
}

internal readonly struct Q5_1Form : IBlockForm
{
    public static bool HasBytes => false;

    public static bool HasFifthBits => true;

    public static bool HasMinimum => true;

    public static int Center => 0;
}

internal readonly struct Q8_0Form : IBlockForm
{
    public static bool HasBytes => true;

    public static bool HasFifthBits => false;

    public static bool HasMinimum => false;

    public static int Center => 0;
}
