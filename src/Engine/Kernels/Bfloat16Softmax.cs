using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>Rows of scores between the products of <see cref="Bfloat16Attention"/>: weights and slopes, in powers of two.</summary>
/// <remarks>
/// <code>2^x = 2^n · p(r),   n = round(x),   r = x - n</code>
/// p has four terms beside 1 and a relative error below 3e-6, a thousandth of what rounding the weights does. Rounded to nearest, ties away from zero.
/// </remarks>
internal static unsafe class Bfloat16Softmax
{
    /// <summary>1 / ln 2.</summary>
    public const float Log2E = 1.44269504f;

    private const int Lanes = 16;

    // Below this nothing is left of 2^x in single precision.
    private const float Least = -200f;

    /// <summary>Scores become weights below a running maximum; what lies outside [from, seen) gets none.</summary>
    /// <param name="weights">Output [count], bfloat16.</param>
    /// <param name="scores">[count]; overwritten where nothing is seen.</param>
    /// <param name="from">First key that is seen.</param>
    /// <param name="seen">End of those that are.</param>
    /// <param name="count">A multiple of 32.</param>
    /// <param name="factor">On scores, with 1 / ln 2 in it; above zero.</param>
    /// <param name="max">Running maximum, in powers of two.</param>
    /// <param name="total">Running sum of weights.</param>
    /// <returns>The factor for what was summed under the maximum before.</returns>
    public static float Weigh(ushort* weights, float* scores, int from, int seen, int count, float factor, ref float max, ref float total)
    {
        if (seen <= from)
        {
            new Span<ushort>(weights, count).Clear();
            return 1f;
        }

        new Span<float>(scores, from).Fill(float.NegativeInfinity);
        new Span<float>(scores + seen, count - seen).Fill(float.NegativeInfinity);
        var low = Vector512.Load(scores);
        var high = Vector512.Load(scores + Lanes);
        for (int j = 2 * Lanes; j < count; j += 2 * Lanes)
        {
            low = Vector512.MaxNative(low, Vector512.Load(scores + j));
            high = Vector512.MaxNative(high, Vector512.Load(scores + j + Lanes));
        }

        float before = max;
        max = MathF.Max(before, Largest(Vector512.MaxNative(low, high)) * factor);
        var factors = Vector512.Create(factor);
        var offset = Vector512.Create(-max);
        Vector512<float> sumLow = default;
        Vector512<float> sumHigh = default;
        for (int j = 0; j < count; j += 2 * Lanes)
        {
            low = Power(Vector512.FusedMultiplyAdd(Vector512.Load(scores + j), factors, offset));
            high = Power(Vector512.FusedMultiplyAdd(Vector512.Load(scores + j + Lanes), factors, offset));
            sumLow += low;
            sumHigh += high;
            Store(weights + j, low);
            Store(weights + j + Lanes, high);
        }

        float rest = before == max ? 1f : MathF.Exp((before - max) / Log2E);
        total = (total * rest) + Vector512.Sum(sumLow + sumHigh);
        return rest;
    }

    /// <summary>Scores and dp of two queries become their weights and slopes, laid out for the three products that read them.</summary>
    /// <param name="pairs">Where the pair's weights go: the first half of a tile, 16 keys; other halves and tiles follow.</param>
    /// <param name="slopePairs">The same for slopes.</param>
    /// <param name="slopes">Slopes of the first query [keys], those of the second <paramref name="stride"/> further on.</param>
    /// <param name="scores">Of the first query, likewise.</param>
    /// <param name="dp">Of the first query, likewise.</param>
    /// <param name="stride">Numbers from the first query to the second.</param>
    /// <param name="first">The first query.</param>
    /// <param name="second">The second.</param>
    /// <param name="count">Keys, a multiple of 32.</param>
    /// <param name="factor">On scores, with 1 / ln 2 in it.</param>
    /// <param name="scale">On slopes.</param>
    public static void Slopes(
        uint* pairs, uint* slopePairs, ushort* slopes, float* scores, float* dp, int stride, in Query first, in Query second, int count,
        float factor, float scale)
    {
        const int Half = Lanes * Lanes;
        var factors = Vector512.Create(factor);
        var scales = Vector512.Create(scale);
        bool isWhole = first.From <= 0 && second.From <= 0 && first.Seen >= count && second.Seen >= count;
        var lanes = Vector512<int>.Indices;
        for (int j = 0; j < count; j += Lanes)
        {
            var p0 = Power(Vector512.FusedMultiplyAdd(Vector512.Load(scores + j), factors, Vector512.Create(-first.LogSum)));
            var p1 = Power(Vector512.FusedMultiplyAdd(Vector512.Load(scores + stride + j), factors, Vector512.Create(-second.LogSum)));
            var d0 = p0 * scales * (Vector512.Load(dp + j) - Vector512.Create(first.Delta));
            var d1 = p1 * scales * (Vector512.Load(dp + stride + j) - Vector512.Create(second.Delta));
            if (!isWhole)
            {
                Vector512<int> keys = lanes + Vector512.Create(j);
                var mask = Sees(first, keys);
                (p0, d0) = (Vector512.ConditionalSelect(mask, p0, default), Vector512.ConditionalSelect(mask, d0, default));
                mask = Sees(second, keys);
                (p1, d1) = (Vector512.ConditionalSelect(mask, p1, default), Vector512.ConditionalSelect(mask, d1, default));
            }

            int at = j / Lanes * Half;
            Pair(p0, p1).Store(pairs + at);
            Pair(d0, d1).Store(slopePairs + at);
            Store(slopes + j, d0);
            Store(slopes + stride + j, d1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sees(in Query query, Vector512<int> keys)
        => (Vector512.GreaterThanOrEqual(keys, Vector512.Create(query.From)) & Vector512.LessThan(keys, Vector512.Create(query.Seen))).AsSingle();

    // 2^x; a NaN stays one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Power(Vector512<float> x)
    {
        x = Vector512.MaxNative(Vector512.Create(Least), x);
        Vector512<float> n = Avx512F.RoundScale(x, 0);
        Vector512<float> r = x - n;
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(0.009582851700964326f), r, Vector512.Create(0.05590642664989579f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.24024098651803374f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.6931241930473454f));
        return Avx512F.Scale(Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One), n);
    }

    private static float Largest(Vector512<float> x)
    {
        var eight = Vector256.MaxNative(x.GetLower(), x.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2)))[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> x) => x.AsUInt32() + Vector512.Create(0x8000u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ushort* into, Vector512<float> x) => Avx512F.ConvertToVector256UInt16(Rounded(x) >> 16).Store(into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(Vector512<float> even, Vector512<float> odd)
        => (Rounded(even) >> 16) | (Rounded(odd) & Vector512.Create(0xFFFF0000u));

    /// <summary>What a query's slopes need beside its scores.</summary>
    /// <param name="From">First key of the block that it sees.</param>
    /// <param name="Seen">End of those that it sees.</param>
    /// <param name="LogSum">log Σ exp of its scores, in powers of two.</param>
    /// <param name="Delta">do · o.</param>
    public readonly record struct Query(int From, int Seen, float LogSum, float Delta);
}
