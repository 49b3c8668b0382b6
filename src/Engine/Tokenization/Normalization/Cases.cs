using System.Text;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Lower case, character by character: Σ is always σ, and İ becomes i with a dot above of its own.</summary>
internal static class Cases
{
    private const int CapitalDottedI = 0x130;
    private const char DotAbove = '\u0307';

    /// <summary>Writes a character, lowered where asked for.</summary>
    internal static void Append(NormalizedTextWriter result, Rune rune, int from, int to, bool lowercases)
    {
        if (lowercases && rune.Value == CapitalDottedI)
        {
            result.Append('i', from, to);
            result.Append(DotAbove, from, to);
        }
        else
        {
            result.Append(lowercases ? Rune.ToLowerInvariant(rune) : rune, from, to);
        }
    }
}
