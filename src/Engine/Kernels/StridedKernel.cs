using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>Products of small strided matrices on the caller's thread: what attention and low-rank updates are made of.</summary>
/// <remarks>An element's sum has one order, whichever tile or row end computes it: a row does not depend on its neighbours.</remarks>
internal static unsafe class StridedKernel
{
    /// <summary>c[i,j] = scale · Σ over k of a[i,k] · b[j,k].</summary>
    public static void Dot(
        float* c, int cStride, float* a, int aStride, float* b, int bStride, int rows, int columns, int inner, float scale)
    {
        if (VectorPath.Width == VectorWidth.Plain)
        {
            DotPlain(c, cStride, a, aStride, b, bStride, rows, columns, inner, scale);
            return;
        }

        int i = 0;
        for (; i <= rows - 2; i += 2)
        {
            float* a0 = a + ((long)i * aStride);
            float* a1 = a0 + aStride;
            float* c0 = c + ((long)i * cStride);
            int j = 0;
            for (; j <= columns - 4; j += 4)
            {
                DotTwoByFour(c0 + j, cStride, a0, a1, b + ((long)j * bStride), bStride, inner, scale);
            }

            for (; j < columns; j++)
            {
                c0[j] = scale * DotOne(a0, b + ((long)j * bStride), inner);
                c0[cStride + j] = scale * DotOne(a1, b + ((long)j * bStride), inner);
            }
        }

        if (i < rows)
        {
            float* a0 = a + ((long)i * aStride);
            float* c0 = c + ((long)i * cStride);
            int j = 0;
            for (; j <= columns - 4; j += 4)
            {
                DotOneByFour(c0 + j, a0, b + ((long)j * bStride), bStride, inner, scale);
            }

            for (; j < columns; j++)
            {
                c0[j] = scale * DotOne(a0, b + ((long)j * bStride), inner);
            }
        }
    }

    /// <summary>c[i,j] += Σ over k of a[i·aRow + k·aColumn] · b[k,j]: with the strides swapped, aᵀ·b.</summary>
    public static void Add(
        float* c, int cStride, float* a, int aRow, int aColumn, float* b, int bStride, int rows, int columns, int inner)
    {
        if (VectorPath.Width == VectorWidth.Plain)
        {
            AddPlain(c, cStride, a, aRow, aColumn, b, bStride, rows, columns, inner);
            return;
        }

        int whole = columns / PanelProduct.PanelColumns * PanelProduct.PanelColumns;
        for (int column = 0; column < whole; column += 2 * PanelProduct.PanelColumns)
        {
            var tile = new PanelKernel.Operands
            {
                A = a,
                ARowStride = aRow,
                AStepStride = aColumn,
                B0 = b + column,
                B1 = b + column + PanelProduct.PanelColumns,
                BStepStride = bStride,
                Steps = inner,
                C = c + column,
                CRowStride = cStride,
                Scale = 1f,
                Accumulate = true,
            };
            PanelKernel.Multiply(tile, rows, Math.Min(whole - column, 2 * PanelProduct.PanelColumns));
        }

        for (int i = 0; i < rows && whole < columns; i++)
        {
            AddOneRow(c + ((long)i * cStride) + whole, a + ((long)i * aRow), aColumn, b + whole, bStride, columns - whole, inner);
        }
    }

    private static void DotPlain(
        float* c, int cStride, float* a, int aStride, float* b, int bStride, int rows, int columns, int inner, float scale)
    {
        for (long i = 0; i < rows; i++)
        {
            for (long j = 0; j < columns; j++)
            {
                float sum = 0f;
                for (int k = 0; k < inner; k++)
                {
                    sum += a[(i * aStride) + k] * b[(j * bStride) + k];
                }

                c[(i * cStride) + j] = scale * sum;
            }
        }
    }

    private static void AddPlain(
        float* c, int cStride, float* a, int aRow, int aColumn, float* b, int bStride, int rows, int columns, int inner)
    {
        for (long i = 0; i < rows; i++)
        {
            for (long j = 0; j < columns; j++)
            {
                float sum = c[(i * cStride) + j];
                for (long k = 0; k < inner; k++)
                {
                    sum += a[(i * aRow) + (k * aColumn)] * b[(k * bStride) + j];
                }

                c[(i * cStride) + j] = sum;
            }
        }
    }

    private static void DotTwoByFour(float* c, int cStride, float* a0, float* a1, float* b, int bStride, int inner, float scale)
    {
        float* b1 = b + bStride;
        float* b2 = b1 + bStride;
        float* b3 = b2 + bStride;
        Vector256<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector256<float> s10 = default, s11 = default, s12 = default, s13 = default;
        int k = 0;
        for (; k <= inner - 8; k += 8)
        {
            var x0 = Vector256.Load(a0 + k);
            var x1 = Vector256.Load(a1 + k);
            var w = Vector256.Load(b + k);
            s00 = Vector256.MultiplyAddEstimate(x0, w, s00);
            s10 = Vector256.MultiplyAddEstimate(x1, w, s10);
            w = Vector256.Load(b1 + k);
            s01 = Vector256.MultiplyAddEstimate(x0, w, s01);
            s11 = Vector256.MultiplyAddEstimate(x1, w, s11);
            w = Vector256.Load(b2 + k);
            s02 = Vector256.MultiplyAddEstimate(x0, w, s02);
            s12 = Vector256.MultiplyAddEstimate(x1, w, s12);
            w = Vector256.Load(b3 + k);
            s03 = Vector256.MultiplyAddEstimate(x0, w, s03);
            s13 = Vector256.MultiplyAddEstimate(x1, w, s13);
        }

        Vector128<float> t0 = Sums(s00, s01, s02, s03);
        Vector128<float> t1 = Sums(s10, s11, s12, s13);
        for (; k < inner; k++)
        {
            var w = Vector128.Create(b[k], b1[k], b2[k], b3[k]);
            t0 = Vector128.MultiplyAddEstimate(Vector128.Create(a0[k]), w, t0);
            t1 = Vector128.MultiplyAddEstimate(Vector128.Create(a1[k]), w, t1);
        }

        (t0 * scale).Store(c);
        (t1 * scale).Store(c + cStride);
    }

    private static void DotOneByFour(float* c, float* a, float* b, int bStride, int inner, float scale)
    {
        float* b1 = b + bStride;
        float* b2 = b1 + bStride;
        float* b3 = b2 + bStride;
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        int k = 0;
        for (; k <= inner - 8; k += 8)
        {
            var x = Vector256.Load(a + k);
            s0 = Vector256.MultiplyAddEstimate(x, Vector256.Load(b + k), s0);
            s1 = Vector256.MultiplyAddEstimate(x, Vector256.Load(b1 + k), s1);
            s2 = Vector256.MultiplyAddEstimate(x, Vector256.Load(b2 + k), s2);
            s3 = Vector256.MultiplyAddEstimate(x, Vector256.Load(b3 + k), s3);
        }

        Vector128<float> t = Sums(s0, s1, s2, s3);
        for (; k < inner; k++)
        {
            t = Vector128.MultiplyAddEstimate(Vector128.Create(a[k]), Vector128.Create(b[k], b1[k], b2[k], b3[k]), t);
        }

        (t * scale).Store(c);
    }

    private static float DotOne(float* a, float* b, int inner)
    {
        Vector256<float> s = default;
        int k = 0;
        for (; k <= inner - 8; k += 8)
        {
            s = Vector256.MultiplyAddEstimate(Vector256.Load(a + k), Vector256.Load(b + k), s);
        }

        Vector128<float> t = Sums(s, default, default, default);
        for (; k < inner; k++)
        {
            t = Vector128.MultiplyAddEstimate(Vector128.Create(a[k]), Vector128.Create(b[k]), t);
        }

        return t[0];
    }

    // The sum of each vector, pairs first, in one vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (Avx.IsSupported)
        {
            Vector256<float> pairs = Avx.HorizontalAdd(Avx.HorizontalAdd(a, b), Avx.HorizontalAdd(c, d));
            return pairs.GetLower() + pairs.GetUpper();
        }

        return Vector128.Create(Sum(a), Sum(b), Sum(c), Sum(d));
    }

    private static float Sum(Vector256<float> v)
        => ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));

    private static void AddOneRow(float* c, float* a, int aColumn, float* b, int bStride, int columns, int inner)
    {
        int j = 0;
        for (; j <= columns - 8; j += 8)
        {
            var s = Vector256.Load(c + j);
            for (int k = 0; k < inner; k++)
            {
                s = Vector256.MultiplyAddEstimate(
                    Vector256.Create(a[(long)k * aColumn]), Vector256.Load(b + ((long)k * bStride) + j), s);
            }

            s.Store(c + j);
        }

        for (; j < columns; j++)
        {
            float s = c[j];
            for (int k = 0; k < inner; k++)
            {
                s = float.MultiplyAddEstimate(a[(long)k * aColumn], b[((long)k * bStride) + j], s);
            }

            c[j] = s;
        }
    }
}
