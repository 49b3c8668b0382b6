using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Keys and values of a head in 16-bit integers, 64 tokens a block, with a scale for each token: half the memory of single precision.</summary>
/// <remarks>
/// <code>
/// keys:   [4 groups of 16 tokens][pair of numbers][16 tokens][2]            x ≈ scale · integer
/// values: [groups of 16 numbers][32 pairs of tokens][16 numbers][2]
/// scales: [64], after the integers of a block
/// </code>
/// That is the order in which <see cref="WordProduct"/> reads panels. Products must fit into 32 bits: a key's integers, and a query's, have a length
/// (root of the sum of squares) up to 44,000, so that no sum of products exceeds its square (Cauchy-Schwarz), and a weighted sum of values has
/// weights of 65,000 together. Both leave room for the rounding.
/// </remarks>
internal static unsafe class WordPanels
{
    /// <summary>Tokens of a block.</summary>
    public const int Tokens = AttentionKernel.KeyBlock;

    /// <summary>Words of a group of a block of values.</summary>
    public const int ValueGroupWords = Tokens * Group;

    private const int Group = WordProduct.Group;
    private const int LineWords = 2 * Group;
    private const int SizeMax = AttentionKernel.HeadSizeMax;
    private const float WordMax = short.MaxValue;

    // Up to 46,300 would fit. Accuracy is the same around here (3e-8 of KL); see docs/performance.md for what is not.
    private const float LengthMax = 44_000f;
    private const float WeightsMax = 65_000f;

    // Rows whose every number is below are zero: a scale would leave single precision.
    private const float Least = 1e-15f;
    private const float LeastWeights = 1e-30f;

    /// <summary>Numbers of a row, filled up to whole groups with zeros.</summary>
    public static int Padded(int size) => (size + Group - 1) / Group * Group;

    /// <summary>Memory of a token, in numbers of four bytes: its integers and its scale.</summary>
    public static int FloatsPerToken(int size) => (Padded(size) / 2) + 1;

    /// <summary>Words of a group of a block of keys.</summary>
    public static int KeyGroupWords(int size) => Padded(size) * Group;

    /// <summary>The scales of a block [64].</summary>
    public static float* Scales(float* block, int size) => block + (Tokens / 2 * Padded(size));

    /// <summary>Writes a token's key.</summary>
    /// <param name="block">The block.</param>
    /// <param name="token">In the block.</param>
    /// <param name="row">[size].</param>
    /// <param name="size">Numbers of a head.</param>
    [SkipLocalsInit]
    public static void PutKey(float* block, int token, float* row, int size)
    {
        short* words = stackalloc short[SizeMax];
        Scales(block, size)[token] = Round(words, row, size, LengthMax);
        int* from = (int*)words;
        int* into = (int*)block + (token / Group * KeyGroupWords(size) / 2) + (token % Group);
        int pairs = Padded(size) / 2;
        for (int pair = 0; pair < pairs; pair++)
        {
            into[pair * Group] = from[pair];
        }
    }

    /// <summary>Writes a token's value, as <see cref="PutKey"/>.</summary>
    [SkipLocalsInit]
    public static void PutValue(float* block, int token, float* row, int size)
    {
        short* words = stackalloc short[SizeMax];
        Scales(block, size)[token] = Round(words, row, size, float.PositiveInfinity);
        int padded = Padded(size);
        bool isSecond = (token & 1) != 0;
        var kept = Vector256.Create(isSecond ? 0xFFFF : ~0xFFFF);
        int shift = isSecond ? 16 : 0;
        short* line = (short*)block + (token / 2 * LineWords);
        for (int at = 0; at < padded; at += Group, line += ValueGroupWords)
        {
            for (int half = 0; half < Group; half += 8)
            {
                int* into = (int*)line + half;
                (Vector256<int> low, Vector256<int> wide) = (Vector256.Load(into) & kept, Wide(words + at + half) << shift);
                (low | Vector256.AndNot(wide, kept)).Store(into);
            }
        }
    }

    /// <summary>Rounds a query.</summary>
    /// <param name="into">[<see cref="Padded"/>].</param>
    /// <param name="row">[size].</param>
    /// <param name="size">Numbers of a head.</param>
    /// <returns>The scale.</returns>
    public static float RoundQuery(short* into, float* row, int size) => Round(into, row, size, LengthMax);

    /// <summary>Rounds the weights of a block's values, each times its value's scale.</summary>
    /// <param name="into">[count].</param>
    /// <param name="weights">[count], not negative; overwritten.</param>
    /// <param name="scales">[count]; those of weights that are zero do not matter.</param>
    /// <param name="count">A multiple of 8.</param>
    /// <returns>The scale of a sum of integer weights by integer values.</returns>
    public static float RoundWeights(short* into, float* weights, float* scales, int count)
    {
        Vector256<float> largest = default, sums = default;
        for (int j = 0; j < count; j += 8)
        {
            var weight = Vector256.Load(weights + j);
            weight = Vector256.ConditionalSelect(Vector256.Equals(weight, default), default, weight * Vector256.Load(scales + j));
            weight.Store(weights + j);
            largest = Vector256.MaxNative(largest, weight);
            sums += weight;
        }

        float sum = Vector256.Sum(sums);
        if (sum < LeastWeights)
        {
            new Span<short>(into, count).Clear();
            return 0f;
        }

        // By what became of them: alike weights, all rounded the same way, still sum to what they were.
        float inverse = 1f / MathF.Max(sum / WeightsMax, Largest(largest) / WordMax);
        return sum / RoundAll(into, weights, inverse, count);
    }

    /// <summary>The keys of some tokens of a block in single precision.</summary>
    /// <param name="into">[count, stride].</param>
    /// <param name="stride">Numbers from row to row, at least <see cref="Padded"/>.</param>
    /// <param name="block">The block.</param>
    /// <param name="first">First token, in the block.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="size">Numbers of a head.</param>
    public static void GetKeys(float* into, int stride, float* block, int first, int count, int size)
    {
        float* scales = Scales(block, size);
        int pairs = Padded(size) / 2;
        for (int token = first; token < first + count; token++, into += stride)
        {
            short* from = (short*)block + ((long)token / Group * KeyGroupWords(size)) + (2 * (token % Group));
            float scale = scales[token];
            for (int pair = 0; pair < pairs; pair++, from += LineWords)
            {
                into[2 * pair] = scale * from[0];
                into[(2 * pair) + 1] = scale * from[1];
            }
        }
    }

    /// <summary>The values likewise.</summary>
    public static void GetValues(float* into, int stride, float* block, int first, int count, int size)
    {
        float* scales = Scales(block, size);
        int padded = Padded(size);
        for (int token = first; token < first + count; token++, into += stride)
        {
            short* line = (short*)block + (token / 2 * LineWords);
            int shift = (token & 1) == 0 ? 16 : 0;
            for (int at = 0; at < padded; at += Group, line += ValueGroupWords)
            {
                for (int half = 0; half < Group; half += 8)
                {
                    Vector256<int> words = (Vector256.Load((int*)line + half) << shift) >> 16;
                    (Vector256.ConvertToSingle(words) * scales[token]).Store(into + at + half);
                }
            }
        }
    }

    // The scale is the least with which the largest number, and the length, are within their bounds.
    [SkipLocalsInit]
    private static float Round(short* into, float* row, int size, float lengthMax)
    {
        int padded = Padded(size);
        float* whole = row;
        float* copy = stackalloc float[SizeMax];
        if (size != padded)
        {
            new ReadOnlySpan<float>(row, size).CopyTo(new Span<float>(copy, size));
            new Span<float>(copy + size, padded - size).Clear();
            whole = copy;
        }

        Vector256<float> largest = default, squares = default;
        for (int j = 0; j < padded; j += 8)
        {
            var x = Vector256.Load(whole + j);
            largest = Vector256.MaxNative(largest, Vector256.Abs(x));
            squares += x * x;
        }

        float max = Largest(largest);
        float length = MathF.Sqrt(Vector256.Sum(squares));
        if (max < Least && !float.IsNaN(length))
        {
            new Span<short>(into, padded).Clear();
            return 0f;
        }

        // What is no number stays none: not a bound, but the scale of the row.
        float scale = float.IsNaN(length) ? float.NaN : MathF.Max(length / lengthMax, max / WordMax);
        RoundAll(into, whole, 1f / scale, padded);
        return scale;
    }

    // Returns the sum of the integers.
    private static int RoundAll(short* into, float* row, float inverse, int count)
    {
        Vector256<int> sums = default;
        for (int j = 0; j < count; j += 8)
        {
            var words = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(row + j) * inverse));
            Vector128.Narrow(words.GetLower(), words.GetUpper()).Store(into + j);
            sums += words;
        }

        return Vector256.Sum(sums);
    }

    private static Vector256<int> Wide(short* from)
    {
        var words = Vector128.Load(from);
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words));
    }

    private static float Largest(Vector256<float> numbers)
    {
        var four = Vector128.MaxNative(numbers.GetLower(), numbers.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
