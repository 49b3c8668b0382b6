using Ratchet.Engine.Tokenization.Patterns;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>The matches of a regular expression.</summary>
internal sealed class ExpressionDelimiter(PatternProgram program) : IDelimiter
{
    /// <summary>Whether a match can be a place without characters.</summary>
    internal bool MayBeEmpty => program.MayBeEmpty;

    public void FindAll(ReadOnlySpan<char> text, List<(int Start, int Length)> found)
    {
        var matcher = new PatternMatcher(program, text);
        int last = -1;
        for (int place = 0; place <= text.Length && matcher.TryFind(place, out int start, out int length);)
        {
            int end = start + length;
            if (length > 0 || start > last)
            {
                found.Add((start, length));
                last = place = end;
            }

            // An empty match is none where the one before it ends; what comes next begins a character on.
            if (length == 0)
            {
                place = end < text.Length ? end + matcher.Size(end) : end + 1;
            }
        }
    }

    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        var matcher = new PatternMatcher(program, text);
        for (start = from; matcher.TryFind(start, out start, out length); start += start < text.Length ? matcher.Size(start) : 1)
        {
            if (length > 0)
            {
                return true;
            }
        }

        length = 0;
        return false;
    }
}
