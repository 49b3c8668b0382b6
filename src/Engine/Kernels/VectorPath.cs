using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Which of the twin implementations of a matrix kernel runs.</summary>
public static class VectorPath
{
    /// <summary>The widest path that this processor runs well.</summary>
    public static VectorWidth Widest { get; } =
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
        : VectorWidth.Plain;

    /// <summary>The path in use. A wider one than the processor has still computes correctly, in several steps.</summary>
    public static VectorWidth Width { get; set; } = Widest;
}
