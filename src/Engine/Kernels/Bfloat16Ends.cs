using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>c + bias, rounded to bfloat16.</summary>
/// <param name="into">[rows, padded].</param>
/// <param name="padded">Numbers from row to row of it.</param>
/// <param name="bias">[columns], or null for none.</param>
internal readonly unsafe struct RoundedEnd(ushort* into, int padded, float* bias) : IBlockEnd
{
    /// <inheritdoc/>
    public void Invoke(float* c, nint stride, int row, int rows, int column, int columns)
    {
        const int Lanes = 16;
        for (int i = 0; i < rows; i++, c += stride)
        {
            ushort* to = into + ((row + i) * (long)padded) + column;
            int j = 0;
            for (; j <= columns - Lanes; j += Lanes)
            {
                var x = Vector512.Load(c + j);
                x = bias == null ? x : x + Vector512.Load(bias + column + j);
                Avx512F.ConvertToVector256UInt16(Bfloat16Kernel.Round(x) >> 16).Store(to + j);
            }

            for (; j < columns; j++)
            {
                to[j] = (ushort)(Bfloat16Kernel.Round(bias == null ? c[j] : c[j] + bias[column + j]) >> 16);
            }
        }
    }
}

/// <summary>c += bias.</summary>
/// <param name="bias">[columns], or null for none.</param>
internal readonly unsafe struct BiasEnd(float* bias) : IBlockEnd
{
    /// <inheritdoc/>
    public void Invoke(float* c, nint stride, int row, int rows, int column, int columns)
    {
        if (bias == null)
        {
            return;
        }

        const int Lanes = 16;
        float* own = bias + column;
        for (int i = 0; i < rows; i++, c += stride)
        {
            int j = 0;
            for (; j <= columns - Lanes; j += Lanes)
            {
                (Vector512.Load(c + j) + Vector512.Load(own + j)).Store(c + j);
            }

            for (; j < columns; j++)
            {
                c[j] += own[j];
            }
        }
    }
}

/// <summary>The next product's left-hand matrix: gelu(c + bias), rounded to bfloat16.</summary>
/// <remarks>
/// <code>gelu(x) = x · Φ(x),   Φ(x) = 1/2 + x · P(x²) for |x| up to 4.25, the ends beyond</code>
/// P has nine coefficients fitted to Φ; Φ is off by up to 1e-5, gelu by up to 4.3e-5, where rounding a result of 0.17, the largest below zero, is off by 3e-4.
/// <see cref="GeluKernel"/> is the exact twin.
/// </remarks>
/// <param name="into">[rows, padded].</param>
/// <param name="padded">Numbers from row to row of it, a multiple of 32; those that no column has are left alone.</param>
/// <param name="bias">[columns], or null for none.</param>
internal readonly unsafe struct GeluEnd(ushort* into, int padded, float* bias) : IBlockEnd
{
    private const float Bound = 4.25f;
    private const int Lanes = 16;

    /// <inheritdoc/>
    public void Invoke(float* c, nint stride, int row, int rows, int column, int columns)
    {
        for (int i = 0; i < rows; i++, c += stride)
        {
            ushort* to = into + ((row + i) * (long)padded) + column;
            int j = 0;
            for (; j <= columns - Lanes; j += Lanes)
            {
                var x = Vector512.Load(c + j);
                Rounded(Gelu(bias == null ? x : x + Vector512.Load(bias + column + j))).Store(to + j);
            }

            for (; j < columns; j++)
            {
                to[j] = Rounded(Gelu(Vector512.Create(bias == null ? c[j] : c[j] + bias[column + j])))[0];
            }
        }
    }

    /// <summary>gelu(x) as the remarks have it. A NaN stays one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Gelu(Vector512<float> x)
    {
        var bounded = Vector512.MinNative(Vector512.Create(Bound), Vector512.MaxNative(Vector512.Create(-Bound), x));
        Vector512<float> t = bounded * bounded;
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(5.564779886890747e-11f), t, Vector512.Create(-5.327698282542315e-09f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(2.255409441431766e-07f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-5.626397523883497e-06f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(9.341842087451369e-05f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.001108559430576861f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.009815966710448265f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.0663444846868515f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(0.3989023268222809f));
        var cumulative = Vector512.FusedMultiplyAdd(p, bounded, Vector512.Create(0.5f));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-Bound)), default, x * cumulative);
    }

    private static Vector256<ushort> Rounded(Vector512<float> x) => Avx512F.ConvertToVector256UInt16(Bfloat16Kernel.Round(x) >> 16);
}
