using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>Cuts samples that are too long; never the answer while anything before it is left (F36, F74).</summary>
internal static class SampleTruncation
{
    public static EncodedSample Cut(int[] ids, bool[] mask, int lengthMax)
    {
        int excess = ids.Length - lengthMax;
        if (excess <= 0)
        {
            return new EncodedSample(ids, mask, 0);
        }

        // One token of context stays before the answer: the first target is predicted from it.
        int first = Math.Max(1, Array.IndexOf(mask, true));
        int start = Math.Min(excess, first - 1);
        return new EncodedSample(
            ids.AsSpan(start, lengthMax).ToArray(), mask.AsSpan(start, lengthMax).ToArray(), excess);
    }
}
