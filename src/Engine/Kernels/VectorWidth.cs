namespace Ratchet.Engine.Kernels;

/// <summary>How many bits kernels take at once. Row kernels take 256 at every width but the plain one, except where 512 gain much.</summary>
public enum VectorWidth
{
    /// <summary>One number at a time: the reference.</summary>
    Plain,

    /// <summary>128 bits: Arm, and x86 without AVX2.</summary>
    Bits128,

    /// <summary>256 bits: AVX2.</summary>
    Bits256,

    /// <summary>512 bits: AVX-512.</summary>
    Bits512,
}
