using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Which of the twin implementations of a kernel runs.</summary>
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

    /// <summary>How many of some numbers are taken as vectors; the rest, and on the plain path all, go one by one.</summary>
    /// <param name="count">Numbers.</param>
    /// <param name="lanes">Numbers a vector.</param>
    internal static int Whole(int count, int lanes) => Width == VectorWidth.Plain ? 0 : count - (count % lanes);
}
