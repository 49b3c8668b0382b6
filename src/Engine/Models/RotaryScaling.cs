namespace Ratchet.Engine.Models;

/// <summary>Published ways to run a model on longer texts than it was trained on, as divisors of the rotary frequencies.</summary>
internal static class RotaryScaling
{
    /// <summary>Llama 3's: long waves are divided by the factor, short ones stay, those between are mixed.</summary>
    /// <remarks>
    /// <code>
    /// λ = 2π / f,   share = (length / λ - low) / (high - low), bounded to [0, 1],   f' = f · ((1 - share) / factor + share)
    /// </code>
    /// Source: Llama Team 2024, https://arxiv.org/abs/2407.21783, and the model's published code (apply_scaling).
    /// </remarks>
    /// <param name="frequencyBase">Base of the series.</param>
    /// <param name="size">Numbers turned.</param>
    /// <param name="factor">How much longer.</param>
    /// <param name="low">low_freq_factor.</param>
    /// <param name="high">high_freq_factor.</param>
    /// <param name="length">Positions that the model was trained on.</param>
    public static float[] Llama3(double frequencyBase, int size, double factor, double low, double high, double length)
        => Divisors(size, factor, i =>
        {
            double wave = 2 * Math.PI * Math.Pow(frequencyBase, 2.0 * i / size);
            return ((length / wave) - low) / (high - low);
        });

    /// <summary>YaRN's: dimensions that turn often over the trained length stay, those that turn rarely are divided by the factor.</summary>
    /// <remarks>
    /// <code>
    /// d(β) = size · ln(length / (2π·β)) / (2 · ln base)     the pair that turns β times over the length
    /// share = 1 - (i - d(fast)) / (d(slow) - d(fast)), bounded to [0, 1],   f' = f · ((1 - share) / factor + share)
    /// </code>
    /// Source: Peng et al. 2023, https://arxiv.org/abs/2309.00071, section 3.2 and appendix A.2.
    /// </remarks>
    /// <param name="frequencyBase">Base of the series.</param>
    /// <param name="size">Numbers turned.</param>
    /// <param name="factor">How much longer.</param>
    /// <param name="fast">β of what stays; 32 in the paper.</param>
    /// <param name="slow">β of what is divided; 1 in the paper.</param>
    /// <param name="length">Positions that the model was trained on.</param>
    /// <param name="roundsBounds">Whether the two bounds are rounded outwards to whole pairs.</param>
    public static float[] Yarn(
        double frequencyBase, int size, double factor, double fast, double slow, double length, bool roundsBounds = true)
    {
        double first = Pair(fast);
        double last = Pair(slow);
        if (roundsBounds)
        {
            (first, last) = (Math.Floor(first), Math.Ceiling(last));
        }

        first = Math.Max(first, 0);
        last = Math.Min(last, size - 1);

        // As the published code has it: without a width the ramp would divide by zero.
        double width = first == last ? 0.001 : last - first;
        return Divisors(size, factor, i => 1 - ((i - first) / width));

        double Pair(double turns) => size * Math.Log(length / (turns * 2 * Math.PI)) / (2 * Math.Log(frequencyBase));
    }

    /// <summary>YaRN's factor on turned queries and keys: 0.1 · weight · ln(factor) + 1.</summary>
    /// <param name="factor">How much longer; up to 1 the result is 1.</param>
    /// <param name="weight">1 in the paper; some models have their own.</param>
    public static double YarnMagnitude(double factor, double weight = 1) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;

    private static float[] Divisors(int size, double factor, Func<int, double> kept)
        =>
        [
            .. Enumerable.Range(0, size / 2).Select(i =>
            {
                double share = Math.Clamp(kept(i), 0, 1);
                return (float)(1 / (((1 - share) / factor) + share));
            }),
        ];
}
