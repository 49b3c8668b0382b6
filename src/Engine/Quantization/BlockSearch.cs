using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Quantises blocks of Q4_K and Q6_K: scales (and minima) are searched for the least squared error, weighted by magnitude.</summary>
/// <remarks>
/// The method is ggml's: a range of scales near the obvious one is tried, each is put right by least squares for the levels that it gives, and
/// the best one stays; then scales are rounded to six or eight bits of a common factor and the levels are chosen anew. Other details of the
/// search give other bytes, so files agree with llama.cpp's in error, not in bytes.
/// </remarks>
internal static class BlockSearch
{
    private const int Levels4 = 15;
    private const int Center6 = 32;

    // Below this a part is as good as zero: its scale would not survive half precision.
    private const float LargestMin = 1e-15f;

    /// <summary>Whether a type can be written.</summary>
    public static bool CanWrite(ElementType type) => type is ElementType.Q4_K or ElementType.Q6_K;

    /// <summary>Writes one block.</summary>
    /// <param name="type">Q4_K or Q6_K.</param>
    /// <param name="x">256 finite numbers.</param>
    /// <param name="block">Output.</param>
    /// <exception cref="ArgumentException">A number is not finite, or the scale is beyond half precision.</exception>
    public static void Quantize(ElementType type, ReadOnlySpan<float> x, Span<byte> block)
    {
        foreach (float value in x)
        {
            if (!float.IsFinite(value))
            {
                throw new ArgumentException($"A number is {value}; {type} stores finite ones. Keep the tensor as F32 or BF16.", nameof(x));
            }
        }

        block.Clear();
        if (type == ElementType.Q4_K)
        {
            QuantizeFourBits(x, block);
        }
        else
        {
            QuantizeSixBits(x, block);
        }
    }

    private static void QuantizeFourBits(ReadOnlySpan<float> x, Span<byte> block)
    {
        const int Parts = 8;
        const int CodeMax = 63;
        Span<float> scales = stackalloc float[Parts];
        Span<float> minima = stackalloc float[Parts];
        for (int part = 0; part < Parts; part++)
        {
            (scales[part], minima[part]) = FitWithMinimum(x.Slice(part * BlockPart.Size, BlockPart.Size));
        }

        float d = BlockCodec.WriteHalf(block, Largest(scales) / CodeMax);
        float dMinimum = BlockCodec.WriteHalf(block[2..], Largest(minima) / CodeMax);
        Span<byte> packed = block.Slice(4, 12);
        for (int part = 0; part < Parts; part++)
        {
            int scale = Code(scales[part], d, 0, CodeMax);
            int minimum = Code(minima[part], dMinimum, 0, CodeMax);
            if (part < 4)
            {
                packed[part] |= (byte)scale;
                packed[part + 4] |= (byte)minimum;
            }
            else
            {
                packed[part + 4] = (byte)((scale & 15) | ((minimum & 15) << 4));
                packed[part - 4] |= (byte)(scale >> 4 << 6);
                packed[part] |= (byte)(minimum >> 4 << 6);
            }

            float step = d * scale;
            float offset = dMinimum * minimum;
            Span<byte> pairs = block.Slice(16 + (part / 2 * BlockPart.Size), BlockPart.Size);
            for (int j = 0; j < BlockPart.Size; j++)
            {
                int level = Code(x[(part * BlockPart.Size) + j] + offset, step, 0, Levels4);
                pairs[j] |= (byte)(level << (4 * (part % 2)));
            }
        }
    }

    private static void QuantizeSixBits(ReadOnlySpan<float> x, Span<byte> block)
    {
        const int Groups = 16;
        const int GroupSize = 16;
        Span<float> scales = stackalloc float[Groups];
        float largest = 0f;
        for (int group = 0; group < Groups; group++)
        {
            scales[group] = FitCentered(x.Slice(group * GroupSize, GroupSize));
            largest = MathF.Abs(scales[group]) > MathF.Abs(largest) ? scales[group] : largest;
        }

        // The scale of largest magnitude becomes -128, the code without a positive twin.
        float d = BlockCodec.WriteHalf(block[208..], largest / -128);
        for (int group = 0; group < Groups; group++)
        {
            int code = Code(scales[group], d, -128, 127);
            block[192 + group] = (byte)(sbyte)code;
            float step = d * code;
            for (int j = 0; j < GroupSize; j++)
            {
                int at = (group * GroupSize) + j;
                int level = Code(x[at], step, -Center6, Center6 - 1) + Center6;
                int quarter = at % 128 / 32;
                int low = (at / 128 * 64) + (quarter % 2 * 32) + (at % 32);
                block[low] |= (byte)((level & 15) << (quarter / 2 * 4));
                block[128 + (at / 128 * 32) + (at % 32)] |= (byte)(level >> 4 << (2 * quarter));
            }
        }
    }

    // value ≈ scale · level, level in [-32, 31]; squared errors weigh as the square of the value.
    private static float FitCentered(ReadOnlySpan<float> x)
    {
        const int Steps = 9;
        float largest = 0f;
        foreach (float value in x)
        {
            largest = MathF.Abs(value) > MathF.Abs(largest) ? value : largest;
        }

        if (MathF.Abs(largest) < LargestMin)
        {
            return 0f;
        }

        double best = 0;
        double scale = 0;
        for (int step = -Steps; step <= Steps; step++)
        {
            float inverse = -(Center6 + (0.1f * step)) / largest;
            double products = 0;
            double squares = 0;
            foreach (float value in x)
            {
                double level = Math.Clamp(MathF.Round(value * inverse), -Center6, Center6 - 1);
                double weight = (double)value * value;
                products += weight * value * level;
                squares += weight * level * level;
            }

            // What the best scale for these levels takes off the error.
            if (squares > 0 && products * products > best * squares)
            {
                best = products * products / squares;
                scale = products / squares;
            }
        }

        return (float)scale;
    }

    // value ≈ scale · level - minimum, level in [0, 15], minimum from 0; errors weigh as the magnitude plus its root mean square.
    private static (float Scale, float Minimum) FitWithMinimum(ReadOnlySpan<float> x)
    {
        const int Steps = 20;
        float least = 0f;
        float most = x[0];
        double meanSquare = 0;
        foreach (float value in x)
        {
            least = MathF.Min(least, value);
            most = MathF.Max(most, value);
            meanSquare += (double)value * value / x.Length;
        }

        if (most - least < LargestMin)
        {
            return (0f, -least);
        }

        double usual = Math.Sqrt(meanSquare);
        (double Scale, double Minimum) best = ((most - least) / Levels4, -least);
        double bestError = Error(x, usual, Levels4 / (most - least), least, best);
        for (int step = 0; step <= Steps; step++)
        {
            float inverse = (Levels4 - 1 + (0.1f * step)) / (most - least);
            if (Fit(x, usual, inverse, least) is { } fit && Error(x, usual, inverse, least, fit) is var error && error < bestError)
            {
                (best, bestError) = (fit, error);
            }
        }

        return ((float)best.Scale, (float)best.Minimum);
    }

    // Least squares for the levels that an inverse scale gives; null where they do not tell two unknowns.
    private static (double Scale, double Minimum)? Fit(ReadOnlySpan<float> x, double usual, float inverse, float least)
    {
        double w = 0, wl = 0, wll = 0, wx = 0, wxl = 0;
        foreach (float value in x)
        {
            double weight = usual + Math.Abs(value);
            double level = Level(value, inverse, least);
            w += weight;
            wl += weight * level;
            wll += weight * level * level;
            wx += weight * value;
            wxl += weight * value * level;
        }

        double determinant = (w * wll) - (wl * wl);
        if (determinant <= 0)
        {
            return null;
        }

        double scale = ((w * wxl) - (wx * wl)) / determinant;
        double offset = ((wll * wx) - (wl * wxl)) / determinant;
        return offset > 0 ? (wxl / wll, 0) : (scale, -offset);
    }

    private static double Error(ReadOnlySpan<float> x, double usual, float inverse, float least, (double Scale, double Minimum) fit)
    {
        double error = 0;
        foreach (float value in x)
        {
            double difference = (fit.Scale * Level(value, inverse, least)) - fit.Minimum - value;
            error += (usual + Math.Abs(value)) * difference * difference;
        }

        return error;
    }

    private static double Level(float value, float inverse, float least)
        => Math.Clamp(MathF.Round((value - least) * inverse), 0, Levels4);

    private static int Code(float value, float step, int least, int most)
        => step == 0f ? Math.Clamp(0, least, most) : (int)Math.Clamp(MathF.Round(value / step), least, most);

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0f;
        foreach (float value in values)
        {
            largest = MathF.Max(largest, value);
        }

        return largest;
    }
}
