using Ratchet.Engine.Tokenization;
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

    /// <summary>Cuts a pair: both answers keep the same prompt, which is as long as the longer of them lets it be.</summary>
    public static EncodedSample CutPair(EncodedConversation preferred, EncodedConversation other, int lengthMax)
    {
        int excess = Math.Max(0, Math.Max(preferred.Ids.Length, other.Ids.Length) - lengthMax);
        int first = Math.Min(Math.Max(1, Array.IndexOf(preferred.Mask, true)), Math.Max(1, Array.IndexOf(other.Mask, true)));
        int start = Math.Min(excess, first - 1);
        return Cut(preferred) with { Rejected = Cut(other) };

        EncodedSample Cut(EncodedConversation answer)
        {
            int count = Math.Min(lengthMax, answer.Ids.Length - start);
            return new EncodedSample(
                answer.Ids.AsSpan(start, count).ToArray(), answer.Mask.AsSpan(start, count).ToArray(), answer.Ids.Length - count);
        }
    }
}
