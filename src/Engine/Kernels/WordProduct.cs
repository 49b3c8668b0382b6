using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>Products of rows of 16-bit integers with panels of them, exact in 32 bits: the same on every processor and vector width.</summary>
/// <remarks>
/// A panel is groups of 16 columns, each [step][16 columns][2]: two neighbouring numbers of a column are one step, as <c>VPMADDWD</c> takes them.
/// Who calls has scaled both sides so that no sum leaves 32 bits.
/// </remarks>
internal static unsafe class WordProduct
{
    /// <summary>Columns of a group.</summary>
    public const int Group = 16;

    private const int StepWords = 2 * Group;

    // Operations that differ with the width; each struct is compiled for itself.
    private interface ILanes<TVector>
    {
        static abstract int Count { get; }

        static abstract TVector Load(int* from);

        static abstract TVector Pair(int* from);

        static abstract TVector MultiplyAdd(TVector sum, TVector a, TVector b);

        static abstract void Store(TVector sum, int* into);
    }

    /// <summary>c[i,j] = Σ over k of a[i,k] · b[k,j].</summary>
    /// <param name="c">Output [rows, 16 · groups].</param>
    /// <param name="cStride">Integers from row to row.</param>
    /// <param name="a">[rows, 2 · steps].</param>
    /// <param name="aStride">Words from row to row.</param>
    /// <param name="b">First group of the panel.</param>
    /// <param name="groupStride">Words from group to group.</param>
    /// <param name="groups">Groups of 16 columns.</param>
    /// <param name="steps">Pairs of k.</param>
    /// <param name="rows">Rows.</param>
    public static void Multiply(int* c, int cStride, short* a, int aStride, short* b, int groupStride, int groups, int steps, int rows)
    {
        int group = 0;
        if (VectorPath.Width == VectorWidth.Bits512)
        {
            for (; group <= groups - 2; group += 2)
            {
                short* first = b + ((long)group * groupStride);
                Columns<Lanes512, Vector512<int>>(c + (group * Group), cStride, a, aStride, first, first + groupStride, steps, rows);
            }
        }

        for (; group < groups; group++)
        {
            short* from = b + ((long)group * groupStride);
            int* into = c + (group * Group);
            switch (VectorPath.Width)
            {
                case VectorWidth.Plain:
                    Plain(into, cStride, a, aStride, from, steps, rows);
                    break;
                case VectorWidth.Bits128:
                    Columns<Lanes128, Vector128<int>>(into, cStride, a, aStride, from, from + (StepWords / 4), steps, rows);
                    Columns<Lanes128, Vector128<int>>(
                        into + (Group / 2), cStride, a, aStride, from + (StepWords / 2), from + (3 * StepWords / 4), steps, rows);
                    break;
                default:
                    Columns<Lanes256, Vector256<int>>(into, cStride, a, aStride, from, from + (StepWords / 2), steps, rows);
                    break;
            }
        }
    }

    private static void Plain(int* c, int cStride, short* a, int aStride, short* b, int steps, int rows)
    {
        for (long i = 0; i < rows; i++)
        {
            for (int j = 0; j < Group; j++)
            {
                int sum = 0;
                for (int step = 0; step < steps; step++)
                {
                    short* pair = b + (step * StepWords) + (2 * j);
                    short* from = a + (i * aStride) + (2 * step);
                    sum += (from[0] * pair[0]) + (from[1] * pair[1]);
                }

                c[(i * cStride) + j] = sum;
            }
        }
    }

    // Two vectors of columns, four rows at a time.
    private static void Columns<TLanes, TVector>(int* c, int cStride, short* a, int aStride, short* b0, short* b1, int steps, int rows)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int row = 0;
        for (; row <= rows - 4; row += 4)
        {
            FourRows<TLanes, TVector>(c + ((long)row * cStride), cStride, a + ((long)row * aStride), aStride, b0, b1, steps);
        }

        c += (long)row * cStride;
        a += (long)row * aStride;
        switch (rows - row)
        {
            case 3:
                ThreeRows<TLanes, TVector>(c, cStride, a, aStride, b0, b1, steps);
                break;
            case 2:
                TwoRows<TLanes, TVector>(c, cStride, a, aStride, b0, b1, steps);
                break;
            case 1:
                OneRow<TLanes, TVector>(c, a, b0, b1, steps);
                break;
            default:
                break;
        }
    }

    private static void FourRows<TLanes, TVector>(int* c, int cStride, short* a, int aStride, short* b0, short* b1, int steps)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        short* a1 = a + aStride;
        short* a2 = a1 + aStride;
        short* a3 = a2 + aStride;
        TVector s00 = default, s01 = default, s10 = default, s11 = default;
        TVector s20 = default, s21 = default, s30 = default, s31 = default;
        for (int step = 0; step < steps; step++, b0 += StepWords, b1 += StepWords)
        {
            TVector w0 = TLanes.Load((int*)b0);
            TVector w1 = TLanes.Load((int*)b1);
            TVector x = TLanes.Pair((int*)a + step);
            s00 = TLanes.MultiplyAdd(s00, x, w0);
            s01 = TLanes.MultiplyAdd(s01, x, w1);
            x = TLanes.Pair((int*)a1 + step);
            s10 = TLanes.MultiplyAdd(s10, x, w0);
            s11 = TLanes.MultiplyAdd(s11, x, w1);
            x = TLanes.Pair((int*)a2 + step);
            s20 = TLanes.MultiplyAdd(s20, x, w0);
            s21 = TLanes.MultiplyAdd(s21, x, w1);
            x = TLanes.Pair((int*)a3 + step);
            s30 = TLanes.MultiplyAdd(s30, x, w0);
            s31 = TLanes.MultiplyAdd(s31, x, w1);
        }

        Store<TLanes, TVector>(c, s00, s01);
        Store<TLanes, TVector>(c + cStride, s10, s11);
        Store<TLanes, TVector>(c + (2 * cStride), s20, s21);
        Store<TLanes, TVector>(c + (3 * cStride), s30, s31);
    }

    private static void ThreeRows<TLanes, TVector>(int* c, int cStride, short* a, int aStride, short* b0, short* b1, int steps)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        short* a1 = a + aStride;
        short* a2 = a1 + aStride;
        TVector s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
        for (int step = 0; step < steps; step++, b0 += StepWords, b1 += StepWords)
        {
            TVector w0 = TLanes.Load((int*)b0);
            TVector w1 = TLanes.Load((int*)b1);
            TVector x = TLanes.Pair((int*)a + step);
            s00 = TLanes.MultiplyAdd(s00, x, w0);
            s01 = TLanes.MultiplyAdd(s01, x, w1);
            x = TLanes.Pair((int*)a1 + step);
            s10 = TLanes.MultiplyAdd(s10, x, w0);
            s11 = TLanes.MultiplyAdd(s11, x, w1);
            x = TLanes.Pair((int*)a2 + step);
            s20 = TLanes.MultiplyAdd(s20, x, w0);
            s21 = TLanes.MultiplyAdd(s21, x, w1);
        }

        Store<TLanes, TVector>(c, s00, s01);
        Store<TLanes, TVector>(c + cStride, s10, s11);
        Store<TLanes, TVector>(c + (2 * cStride), s20, s21);
    }

    private static void TwoRows<TLanes, TVector>(int* c, int cStride, short* a, int aStride, short* b0, short* b1, int steps)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        short* a1 = a + aStride;
        TVector s00 = default, s01 = default, s10 = default, s11 = default;
        for (int step = 0; step < steps; step++, b0 += StepWords, b1 += StepWords)
        {
            TVector w0 = TLanes.Load((int*)b0);
            TVector w1 = TLanes.Load((int*)b1);
            TVector x = TLanes.Pair((int*)a + step);
            s00 = TLanes.MultiplyAdd(s00, x, w0);
            s01 = TLanes.MultiplyAdd(s01, x, w1);
            x = TLanes.Pair((int*)a1 + step);
            s10 = TLanes.MultiplyAdd(s10, x, w0);
            s11 = TLanes.MultiplyAdd(s11, x, w1);
        }

        Store<TLanes, TVector>(c, s00, s01);
        Store<TLanes, TVector>(c + cStride, s10, s11);
    }

    private static void OneRow<TLanes, TVector>(int* c, short* a, short* b0, short* b1, int steps)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector s0 = default, s1 = default;
        for (int step = 0; step < steps; step++, b0 += StepWords, b1 += StepWords)
        {
            TVector x = TLanes.Pair((int*)a + step);
            s0 = TLanes.MultiplyAdd(s0, x, TLanes.Load((int*)b0));
            s1 = TLanes.MultiplyAdd(s1, x, TLanes.Load((int*)b1));
        }

        Store<TLanes, TVector>(c, s0, s1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(int* c, TVector first, TVector second)
        where TLanes : struct, ILanes<TVector>
    {
        TLanes.Store(first, c);
        TLanes.Store(second, c + TLanes.Count);
    }

    private readonly struct Lanes512 : ILanes<Vector512<int>>
    {
        public static int Count => Vector512<int>.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Load(int* from) => Vector512.Load(from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Pair(int* from) => Vector512.Create(*from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> MultiplyAdd(Vector512<int> sum, Vector512<int> a, Vector512<int> b)
            => sum + (Avx512BW.IsSupported
                ? Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())
                : (((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector512<int> sum, int* into) => sum.Store(into);
    }

    private readonly struct Lanes256 : ILanes<Vector256<int>>
    {
        public static int Count => Vector256<int>.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Load(int* from) => Vector256.Load(from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Pair(int* from) => Vector256.Create(*from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> MultiplyAdd(Vector256<int> sum, Vector256<int> a, Vector256<int> b)
            => sum + (Avx2.IsSupported
                ? Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())
                : (((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector256<int> sum, int* into) => sum.Store(into);
    }

    private readonly struct Lanes128 : ILanes<Vector128<int>>
    {
        public static int Count => Vector128<int>.Count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> Load(int* from) => Vector128.Load(from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> Pair(int* from) => Vector128.Create(*from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> MultiplyAdd(Vector128<int> sum, Vector128<int> a, Vector128<int> b)
            => sum + (Sse2.IsSupported
                ? Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())
                : (((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector128<int> sum, int* into) => sum.Store(into);
    }
}
