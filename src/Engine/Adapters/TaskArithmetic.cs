using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Adapters;

/// <summary>Mixes numbers of the same place from several adapters: drops some, elects a sign, adds with weights.</summary>
/// <remarks>
/// <code>
/// drop    magnitude: the ⌊density · n⌋ numbers furthest from zero stay; chance (DARE): each stays with chance density, and is divided by it
/// elect   sign of Σ x (total), or of Σ sign(x) (frequency), plus where that is zero; x without its weight
/// add     Σ w·x; after an election Σ w·x over those of its sign, divided by how many they are
/// </code>
/// Sources: Yadav et al. 2023 (TIES), https://arxiv.org/abs/2306.01708; Yu et al. 2023 (DARE), https://arxiv.org/abs/2311.03099; the order of
/// steps is that of PEFT's merge_utils.
/// </remarks>
internal static class TaskArithmetic
{
    private const int HalfBits = 16;
    private const int MagnitudeMask = 0x7FFF_FFFF;

    /// <summary>Mixes.</summary>
    /// <param name="into">Receives the mixture, [n].</param>
    /// <param name="tasks">The numbers of each adapter, [n] each; what is dropped becomes zero there.</param>
    /// <param name="weights">One for each, of either sign.</param>
    /// <param name="keys">One for each: which numbers chance drops.</param>
    /// <param name="config">How.</param>
    public static void Mix(float[] into, IReadOnlyList<float[]> tasks, ReadOnlySpan<float> weights, ReadOnlySpan<ulong> keys, CombinationConfig config)
    {
        for (int t = 0; t < tasks.Count && config.Density < 1; t++)
        {
            if (config.IsRandom)
            {
                DropByChance(tasks[t], config.Density.Value, keys[t]);
            }
            else
            {
                KeepLargest(tasks[t], (long)(config.Density.Value * tasks[t].Length));
            }
        }

        for (int i = 0; i < into.Length; i++)
        {
            into[i] = config.ElectsSign ? Elected(tasks, weights, i, config.MajoritySign) : Sum(tasks, weights, i);
        }
    }

    private static float Sum(IReadOnlyList<float[]> tasks, ReadOnlySpan<float> weights, int i)
    {
        float sum = 0;
        for (int t = 0; t < tasks.Count; t++)
        {
            sum += weights[t] * tasks[t][i];
        }

        return sum;
    }

    private static float Elected(IReadOnlyList<float[]> tasks, ReadOnlySpan<float> weights, int i, MajoritySign method)
    {
        float votes = 0;
        for (int t = 0; t < tasks.Count; t++)
        {
            votes += method == MajoritySign.Total ? tasks[t][i] : MathF.Sign(tasks[t][i]);
        }

        int sign = votes >= 0 ? 1 : -1;
        float sum = 0;
        int count = 0;
        for (int t = 0; t < tasks.Count; t++)
        {
            if (MathF.Sign(tasks[t][i]) == sign)
            {
                sum += weights[t] * tasks[t][i];
                count++;
            }
        }

        return sum / Math.Max(count, 1);
    }

    private static void DropByChance(float[] numbers, double density, ulong key)
    {
        float kept = (float)density;
        for (int i = 0; i < numbers.Length; i++)
        {
            double unit = (DropoutKernel.Key(key, (ulong)i) >> 11) * (1.0 / (1UL << 53));
            numbers[i] = unit < density ? numbers[i] / kept : 0;
        }
    }

    // The bits of floats without a sign stand in the order of the numbers: counted by their upper halves, then by their lower ones.
    private static void KeepLargest(float[] numbers, long count)
    {
        if (count <= 0)
        {
            Array.Clear(numbers);
            return;
        }

        long[] upper = new long[1 << HalfBits];
        foreach (float number in numbers)
        {
            upper[Magnitude(number) >> HalfBits]++;
        }

        (int half, long left) = Place(upper, count);
        long[] lower = new long[1 << HalfBits];
        foreach (float number in numbers)
        {
            if (Magnitude(number) >> HalfBits == half)
            {
                lower[Magnitude(number) & 0xFFFF]++;
            }
        }

        // Of those that are alike at the threshold, the first ones stay.
        (int rest, left) = Place(lower, left);
        int threshold = (half << HalfBits) | rest;
        for (int i = 0; i < numbers.Length; i++)
        {
            int magnitude = Magnitude(numbers[i]);
            if (magnitude < threshold || (magnitude == threshold && left-- <= 0))
            {
                numbers[i] = 0;
            }
        }
    }

    private static int Magnitude(float number) => BitConverter.SingleToInt32Bits(number) & MagnitudeMask;

    // From the top: the bucket that holds the last one that stays, and how many of it do.
    private static (int Bucket, long Left) Place(long[] counts, long count)
    {
        int bucket = counts.Length - 1;
        for (; counts[bucket] < count; bucket--)
        {
            count -= counts[bucket];
        }

        return (bucket, count);
    }
}
