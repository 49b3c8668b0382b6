namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>GPT-2's pattern, walked by code points.</summary>
/// <param name="digitsApart">SmolLM, StarCoder: each number character is cut out before the pattern sees the text.</param>
/// <remarks>
/// <code>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</code>
/// Not a <c>Regex</c>, whose classes look at UTF-16 units and so miss every letter and digit above U+FFFF.
/// </remarks>
internal sealed class Gpt2Pattern(bool digitsApart) : IWordPattern
{
    /// <summary>The pattern as files write it.</summary>
    internal const string Source = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Whether each number character is cut out first.</summary>
    internal bool DigitsApart => digitsApart;

    public int NextLength(ReadOnlySpan<char> text)
    {
        CharacterKind first = Kind(text, 0, out int size);
        if (first == CharacterKind.Number && digitsApart)
        {
            return size;
        }

        if (text[0] == '\'' && Contraction(text) is > 0 and int contraction)
        {
            return contraction;
        }

        if (first != CharacterKind.Space)
        {
            return Run(text, size, first);
        }

        // One space goes with the word, number or marks after it.
        if (text[0] == ' ' && text.Length > 1)
        {
            CharacterKind second = Kind(text, 1, out int secondSize);
            if (second != CharacterKind.Space && !(second == CharacterKind.Number && digitsApart))
            {
                return Run(text, 1 + secondSize, second);
            }
        }

        // White space up to its last character, which belongs to what follows; all of it at the end, and before a
        // digit that was cut out, since there the pattern saw the end.
        int end = Run(text, size, CharacterKind.Space);
        if (end == text.Length || end == 1)
        {
            return end;
        }

        return digitsApart && Kind(text, end, out _) == CharacterKind.Number ? end : end - 1;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> rest = text[1..];
        if (rest.StartsWith("re", StringComparison.Ordinal) || rest.StartsWith("ve", StringComparison.Ordinal)
            || rest.StartsWith("ll", StringComparison.Ordinal))
        {
            return 3;
        }

        return rest.Length > 0 && rest[0] is 's' or 't' or 'm' or 'd' ? 2 : 0;
    }

    private static int Run(ReadOnlySpan<char> text, int end, CharacterKind kind)
    {
        while (end < text.Length && Kind(text, end, out int size) == kind)
        {
            end += size;
        }

        return end;
    }

    // Marks are to this pattern what punctuation is.
    private static CharacterKind Kind(ReadOnlySpan<char> text, int at, out int size)
    {
        CharacterKind kind = CharacterKinds.At(text, at, out size);
        return kind == CharacterKind.Mark ? CharacterKind.Other : kind;
    }
}
