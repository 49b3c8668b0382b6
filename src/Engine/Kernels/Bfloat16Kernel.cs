using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>Rounds single precision to bfloat16: to the nearest, ties to even, as the processor's own instruction does.</summary>
internal static unsafe class Bfloat16Kernel
{
    /// <summary>The columns of a panel of <see cref="Emitted.Bfloat16Routine"/>, and the steps of a tile.</summary>
    public const int Group = 32;

    private const uint QuietNaN = 0x7FC0;

    /// <summary>One number, in the upper half of the result.</summary>
    public static uint Round(float number)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number);
        return float.IsNaN(number) ? QuietNaN << 16 : (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000;
    }

    /// <summary>into[i] = bfloat16 of from[i]; zeros up to <paramref name="padded"/>.</summary>
    /// <param name="into">[padded].</param>
    /// <param name="from">[count].</param>
    /// <param name="count">Numbers.</param>
    /// <param name="padded">At least count.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RoundRow(ushort* into, float* from, int count, int padded)
    {
        int i = 0;
        if (VectorPath.Width == VectorWidth.Bits512 && Avx512F.IsSupported)
        {
            for (; i <= count - 16; i += 16)
            {
                Avx512F.ConvertToVector256UInt16(Round(Vector512.Load(from + i)) >> 16).Store(into + i);
            }
        }
        else if (VectorPath.Width != VectorWidth.Plain)
        {
            for (; i <= count - 16; i += 16)
            {
                Vector256.Narrow(Round(Vector256.Load(from + i)) >> 16, Round(Vector256.Load(from + i + 8)) >> 16).Store(into + i);
            }
        }

        for (; i < count; i++)
        {
            into[i] = (ushort)(Round(from[i]) >> 16);
        }

        new Span<ushort>(into + count, padded - count).Clear();
    }

    /// <summary>into[i] = from[i] rounded to bfloat16, in single precision; both may be the same memory.</summary>
    public static void RoundInPlace(float* into, float* from, long count)
    {
        long i = 0;
        if (VectorPath.Width != VectorWidth.Plain)
        {
            for (; i <= count - 8; i += 8)
            {
                Round(Vector256.Load(from + i)).AsSingle().Store(into + i);
            }
        }

        for (; i < count; i++)
        {
            into[i] = BitConverter.UInt32BitsToSingle(Round(from[i]));
        }
    }

    /// <summary>Makes half a group of columns of a panel: pairs of steps side by side.</summary>
    /// <param name="into">First step of the half; steps of 32 follow each other at <paramref name="groupStride"/>.</param>
    /// <param name="groupStride">Numbers from 32 steps to the next 32.</param>
    /// <param name="panel">[steps, 16] in single precision; null for columns that do not exist.</param>
    /// <param name="steps">Steps of the panel; what lacks to a multiple of 32 becomes zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interleave(ushort* into, nint groupStride, float* panel, int steps)
    {
        const int Columns = PanelProduct.PanelColumns;
        for (int first = 0; first < steps; first += Group, into += groupStride)
        {
            int own = panel == null ? 0 : Math.Min(Group, steps - first);
            uint* pairs = (uint*)into;
            int step = 0;
            for (; step + 1 < own; step += 2, pairs += Columns, panel += 2 * Columns)
            {
                for (int column = 0; column < Columns; column += 8)
                {
                    Vector256<uint> even = Round(Vector256.Load(panel + column)) >> 16;
                    (Round(Vector256.Load(panel + Columns + column)) | even).Store(pairs + column);
                }
            }

            if (step < own)
            {
                for (int column = 0; column < Columns; column++)
                {
                    pairs[column] = Round(panel[column]) >> 16;
                }

                step += 2;
                pairs += Columns;
            }

            new Span<uint>(pairs, (Group - step) / 2 * Columns).Clear();
        }
    }

    /// <summary>Sixteen numbers, each in the upper half of its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Round(Vector512<float> numbers)
    {
        Vector512<uint> bits = numbers.AsUInt32();
        Vector512<uint> rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) & Vector512.Create(0xFFFF0000u);
        return Vector512.ConditionalSelect(Vector512.Equals(numbers, numbers).AsUInt32(), rounded, Vector512.Create(QuietNaN << 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Round(Vector256<float> numbers)
    {
        Vector256<uint> bits = numbers.AsUInt32();
        Vector256<uint> rounded = (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One)) & Vector256.Create(0xFFFF0000u);
        return Vector256.ConditionalSelect(Vector256.Equals(numbers, numbers).AsUInt32(), rounded, Vector256.Create(QuietNaN << 16));
    }
}
