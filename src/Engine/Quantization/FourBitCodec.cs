namespace Ratchet.Engine.Quantization;

/// <summary>The sixteen levels of a four-bit weight.</summary>
public enum FourBitKind
{
    /// <summary>Levels at equal shares of a normal distribution.</summary>
    Nf4,

    /// <summary>A sign, two bits of exponent, one of fraction.</summary>
    Fp4,
}

/// <summary>Four-bit levels with a scale a block, and eight-bit levels for those scales, as bitsandbytes lays them out.</summary>
/// <remarks>
/// <code>
/// byte k       level of number 2k in the high four bits, of number 2k + 1 in the low ones
/// value        table[level] · largest[block]
/// scales again (double quantisation)   largest = dynamic[code] · largestOfScales[block / 256] + offset
/// </code>
/// A weight is cut into blocks as it lies row by row: a block may cross a row. Source: Dettmers et al. 2023, QLoRA,
/// https://arxiv.org/abs/2305.14314, section 3; the eight-bit levels Dettmers 2016, https://arxiv.org/abs/1511.04561.
/// </remarks>
public static class FourBitCodec
{
    /// <summary>Scales that share a scale in double quantisation.</summary>
    public const int ScalesPerBlock = 256;

    // Smaller blocks would divide by what single precision cannot invert.
    private const float LargestMin = 1e-38f;

    private static readonly float[] Nf4Table =
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f,
        -0.09105003625154495f, 0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
        0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    private static readonly float[] Fp4Table =
    [
        0f, 0.0052083334885537624f, 0.6666666865348816f, 1f, 0.3333333432674408f, 0.5f, 0.1666666716337204f, 0.25f,
        0f, -0.0052083334885537624f, -0.6666666865348816f, -1f, -0.3333333432674408f, -0.5f, -0.1666666716337204f, -0.25f,
    ];

    private static readonly float[] Dynamic = MakeDynamic();

    private static readonly Nearest Nf4Nearest = new(Nf4Table);
    private static readonly Nearest Fp4Nearest = new(Fp4Table);
    private static readonly Nearest DynamicNearest = new(Dynamic);

    /// <summary>The eight-bit levels of scales [256], ascending.</summary>
    public static ReadOnlySpan<float> DynamicTable => Dynamic;

    /// <summary>The levels of a kind [16].</summary>
    public static ReadOnlySpan<float> Table(FourBitKind kind) => kind == FourBitKind.Nf4 ? Nf4Table : Fp4Table;

    /// <summary>Writes levels and scales.</summary>
    /// <param name="kind">Which levels.</param>
    /// <param name="values">Any numbers.</param>
    /// <param name="blockSize">Numbers that share a scale.</param>
    /// <param name="packed">Output, one byte for every two numbers.</param>
    /// <param name="largest">Output, the largest absolute value of each block.</param>
    public static void Quantize(FourBitKind kind, ReadOnlySpan<float> values, int blockSize, Span<byte> packed, Span<float> largest)
    {
        Nearest nearest = kind == FourBitKind.Nf4 ? Nf4Nearest : Fp4Nearest;
        packed[..((values.Length + 1) / 2)].Clear();
        for (int block = 0, first = 0; first < values.Length; block++, first += blockSize)
        {
            ReadOnlySpan<float> own = values.Slice(first, Math.Min(blockSize, values.Length - first));
            float most = 0f;
            foreach (float value in own)
            {
                most = MathF.Max(most, MathF.Abs(value));
            }

            // As the reference does it: whole blocks by the rounded reciprocal, a short last one by division, which also keeps its bound.
            bool isWhole = own.Length == blockSize;
            float bounded = MathF.Max(most, LargestMin);
            float reciprocal = 1f / bounded;
            largest[block] = isWhole ? most : bounded;
            for (int i = 0; i < own.Length; i++)
            {
                Put(packed, first + i, nearest.Level(isWhole ? own[i] * reciprocal : own[i] / bounded));
            }
        }

        if (values.Length % 2 == 1)
        {
            Put(packed, values.Length, nearest.Level(0f));
        }
    }

    /// <summary>Numbers of a run of a packed weight.</summary>
    /// <param name="kind">Which levels.</param>
    /// <param name="packed">The whole weight.</param>
    /// <param name="largest">The scale of each block.</param>
    /// <param name="blockSize">Numbers that share a scale.</param>
    /// <param name="first">The first number wanted.</param>
    /// <param name="into">Output.</param>
    public static void Dequantize(
        FourBitKind kind, ReadOnlySpan<byte> packed, ReadOnlySpan<float> largest, int blockSize, int first, Span<float> into)
    {
        ReadOnlySpan<float> table = Table(kind);
        for (int i = 0; i < into.Length; i++)
        {
            int at = first + i;
            int pair = packed[at >> 1];
            into[i] = table[(at & 1) == 0 ? pair >> 4 : pair & 15] * largest[at / blockSize];
        }
    }

    /// <summary>Eight-bit levels for scales.</summary>
    /// <param name="scales">The scale of each block of the weight.</param>
    /// <param name="codes">Output, one for each scale.</param>
    /// <param name="largest">Output, one for every 256 scales.</param>
    /// <returns>The mean of the scales, which is taken off first.</returns>
    public static float QuantizeScales(ReadOnlySpan<float> scales, Span<byte> codes, Span<float> largest)
    {
        double sum = 0;
        foreach (float scale in scales)
        {
            sum += scale;
        }

        float offset = (float)(sum / Math.Max(1, scales.Length));
        for (int block = 0, first = 0; first < scales.Length; block++, first += ScalesPerBlock)
        {
            ReadOnlySpan<float> own = scales.Slice(first, Math.Min(ScalesPerBlock, scales.Length - first));
            float most = 0f;
            foreach (float scale in own)
            {
                most = MathF.Max(most, MathF.Abs(scale - offset));
            }

            largest[block] = most;
            for (int i = 0; i < own.Length; i++)
            {
                codes[first + i] = (byte)DynamicNearest.Level(most == 0f ? 0f : (own[i] - offset) / most);
            }
        }

        return offset;
    }

    /// <summary>Scales from their eight-bit levels.</summary>
    /// <param name="codes">One for each scale.</param>
    /// <param name="largest">One for every 256 scales.</param>
    /// <param name="offset">The mean that was taken off.</param>
    /// <param name="scales">Output.</param>
    public static void DequantizeScales(ReadOnlySpan<byte> codes, ReadOnlySpan<float> largest, float offset, Span<float> scales)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            scales[i] = (Dynamic[codes[i]] * largest[i / ScalesPerBlock]) + offset;
        }
    }

    private static void Put(Span<byte> packed, int at, int level) => packed[at >> 1] |= (byte)((at & 1) == 0 ? level << 4 : level);

    // Seven decades of both signs, each with twice the steps of the one below; in single precision, as the reference computes them.
    private static float[] MakeDynamic()
    {
        const int Decades = 7;
        var levels = new List<float> { 0f, 1f };
        for (int decade = 0; decade < Decades; decade++)
        {
            int steps = 1 << decade;
            float scale = (float)Math.Pow(10, decade - (Decades - 1));
            for (int i = 0; i < steps; i++)
            {
                float middle = (Boundary(i, steps) + Boundary(i + 1, steps)) / 2f;
                levels.Add(scale * middle);
                levels.Add(-scale * middle);
            }
        }

        levels.Sort();
        return [.. levels];

        static float Boundary(int i, int steps)
        {
            // From both ends, as torch.linspace goes; product and sum with one rounding.
            float step = (1f - 0.1f) / steps;
            return (float)(i < (steps + 1) / 2 ? 0.1f + ((double)step * i) : 1.0 - ((double)step * (steps - i)));
        }
    }

    /// <summary>The level of a table that is nearest to a number; of two as near the one with the lower value.</summary>
    private sealed class Nearest
    {
        private readonly float[] _middles;
        private readonly int[] _levels;

        public Nearest(float[] table)
        {
            _levels = [.. Enumerable.Range(0, table.Length).OrderBy(level => table[level])];
            _middles = [.. Enumerable.Range(0, table.Length - 1).Select(i => (table[_levels[i]] + table[_levels[i + 1]]) / 2f)];
        }

        public int Level(float value)
        {
            int low = 0;
            int high = _middles.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (value > _middles[middle])
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return _levels[low];
        }
    }
}
