using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>The exponential of several numbers in single precision; the framework's goes by way of double precision, at four times the cost.</summary>
/// <remarks>
/// <code>exp(x) = 2^n · exp(r),   n = round(x / ln 2),   r = x - n · ln 2,   |r| up to ln 2 / 2</code>
/// exp(r) is Cephes' polynomial (expf.c), ln 2 is taken off in two parts. Relative error up to 2e-7; 0 below -87.33, where the result would be subnormal;
/// 2.4e38 from 88.37 on. A NaN stays one.
/// </remarks>
internal static class Exponential
{
    private const float Least = -87.33654f;
    private const float Most = 88.37626f;
    private const int Lanes = 8;
    private const int Piece = 512;

    /// <summary>exp(x) of each number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var bounded = Vector256.MinNative(Vector256.Create(Most), Vector256.MaxNative(Vector256.Create(Least), x));
        var n = Vector256.Round(bounded * 1.44269504f);
        var r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-0.693359375f), bounded);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(2.12194440e-4f), r);
        var p = Vector256.Create(1.9875691500e-4f);
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.MultiplyAddEstimate(p, r * r, r + Vector256<float>.One);
        Vector256<int> exponent = (Vector256.ConvertToInt32Native(n) + Vector256.Create(127)) << 23;
        Vector256<float> result = p * exponent.AsSingle();
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(Least)), Vector256<float>.Zero, result);
    }

    /// <summary>As <see cref="Exp(Vector256{float})"/>, sixteen at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var bounded = Vector512.MinNative(Vector512.Create(Most), Vector512.MaxNative(Vector512.Create(Least), x));
        var n = Vector512.Round(bounded * 1.44269504f);
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-0.693359375f), bounded);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.MultiplyAddEstimate(p, r * r, r + Vector512<float>.One);
        Vector512<int> exponent = (Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23;
        Vector512<float> result = p * exponent.AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Least)), Vector512<float>.Zero, result);
    }

    /// <summary>The largest number; without regard to those that are none.</summary>
    /// <param name="x">Not empty.</param>
    public static float Max(ReadOnlySpan<float> x)
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        float max = x[0];
        int at = 0;
        int whole = VectorPath.Whole(x.Length, Lanes);
        if (whole > 0)
        {
            var all = Vector256.LoadUnsafe(ref from);
            for (at = Lanes; at < whole; at += Lanes)
            {
                all = Vector256.MaxNative(all, Vector256.LoadUnsafe(ref from, (nuint)at));
            }

            for (int lane = 0; lane < Lanes; lane++)
            {
                max = MathF.Max(max, all[lane]);
            }
        }

        for (; at < x.Length; at++)
        {
            max = MathF.Max(max, x[at]);
        }

        return max;
    }

    /// <summary>y = exp(x - max) and the sum of y.</summary>
    /// <param name="y">Output; may be the memory of x.</param>
    /// <param name="x">As long as y.</param>
    /// <param name="max">The largest number of x.</param>
    public static double Weights(Span<float> y, ReadOnlySpan<float> x, float max)
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        ref float to = ref MemoryMarshal.GetReference(y[..x.Length]);
        var maxAll = Vector256.Create(max);
        double sum = 0;
        int at = 0;

        // Pieces keep the error of a sum over a vocabulary at that of a few hundred numbers.
        int wide = VectorPath.Width == VectorWidth.Bits512 ? VectorPath.Whole(x.Length, 2 * Lanes) : 0;
        while (at < wide)
        {
            int end = Math.Min(at + Piece, wide);
            Vector512<float> sums = default;
            for (; at < end; at += 2 * Lanes)
            {
                Vector512<float> e = Exp(Vector512.LoadUnsafe(ref from, (nuint)at) - Vector512.Create(max));
                e.StoreUnsafe(ref to, (nuint)at);
                sums += e;
            }

            sum += Vector512.Sum(sums);
        }

        int whole = VectorPath.Whole(x.Length, Lanes);
        while (at < whole)
        {
            int end = Math.Min(at + Piece, whole);
            Vector256<float> sums = default;
            for (; at < end; at += Lanes)
            {
                Vector256<float> e = Exp(Vector256.LoadUnsafe(ref from, (nuint)at) - maxAll);
                e.StoreUnsafe(ref to, (nuint)at);
                sums += e;
            }

            sum += Vector256.Sum(sums);
        }

        for (; at < x.Length; at++)
        {
            float e = VectorPath.Width == VectorWidth.Plain ? MathF.Exp(x[at] - max) : Exp(Vector256.Create(x[at]) - maxAll)[0];
            y[at] = e;
            sum += e;
        }

        return sum;
    }
}
