namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>The pattern of cl100k, Llama-3 and Qwen, walked by code points.</summary>
/// <param name="digitsMax">Number characters in one piece: 3 for Llama-3, 1 for Qwen.</param>
/// <param name="marksAreLetters">Whether a combining mark goes on with a word, as in Qwen3.5's pattern.</param>
/// <remarks>
/// <code>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</code>
/// Source: the pattern of https://github.com/openai/tiktoken's cl100k_base, as Llama-3's and Qwen2's tokenizer.json write it.
/// </remarks>
internal sealed class Cl100kPattern(int digitsMax, bool marksAreLetters = false) : IWordPattern
{
    /// <summary>Llama-3's pattern as files write it.</summary>
    internal const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen's pattern as files write it.</summary>
    internal const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen3.5's pattern as files write it.</summary>
    internal const string Qwen35 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pattern that is walked, as files write it.</summary>
    internal string Source => marksAreLetters ? Qwen35 : digitsMax == 1 ? Qwen2 : Llama3;

    public int NextLength(ReadOnlySpan<char> text)
    {
        char unit = text[0];
        if (unit == '\'' && Contraction(text) is > 0 and int contraction)
        {
            return contraction;
        }

        CharacterKind first = Kind(text, 0, out int size);
        if (first == CharacterKind.Letter)
        {
            return Run(text, size, CharacterKind.Letter);
        }

        if (first == CharacterKind.Number)
        {
            return Digits(text, size);
        }

        // One character before a word goes with it, unless it is a line break.
        CharacterKind second = size < text.Length ? Kind(text, size, out _) : CharacterKind.Space;
        if (second == CharacterKind.Letter && unit is not ('\r' or '\n'))
        {
            return Run(text, size, CharacterKind.Letter);
        }

        if (first == CharacterKind.Other || (unit == ' ' && second == CharacterKind.Other))
        {
            return LineBreaks(text, Run(text, size, CharacterKind.Other));
        }

        return Space(text);
    }

    private int Digits(ReadOnlySpan<char> text, int end)
    {
        for (int count = 1; count < digitsMax && end < text.Length && Kind(text, end, out int size) == CharacterKind.Number; count++)
        {
            end += size;
        }

        return end;
    }

    // White space up to its last line break; else up to its last character, which belongs to what follows.
    private int Space(ReadOnlySpan<char> text)
    {
        int end = Run(text, 1, CharacterKind.Space);
        int lineBreak = text[..end].LastIndexOfAny('\r', '\n');
        if (lineBreak >= 0)
        {
            return lineBreak + 1;
        }

        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int LineBreaks(ReadOnlySpan<char> text, int end)
    {
        while (end < text.Length && text[end] is '\r' or '\n')
        {
            end++;
        }

        return end;
    }

    // U+017F is a small s to a comparison that ignores case.
    private static int Contraction(ReadOnlySpan<char> text)
    {
        int first = text.Length > 1 ? text[1] | 0x20 : 0;
        int second = text.Length > 2 ? text[2] | 0x20 : 0;
        return first switch
        {
            'r' or 'v' when second == 'e' => 3,
            'l' when second == 'l' => 3,
            's' or 't' or 'm' or 'd' => 2,
            _ => text.Length > 1 && text[1] == 'ſ' ? 2 : 0,
        };
    }

    private int Run(ReadOnlySpan<char> text, int end, CharacterKind kind)
    {
        while (end < text.Length && Kind(text, end, out int size) == kind)
        {
            end += size;
        }

        return end;
    }

    private CharacterKind Kind(ReadOnlySpan<char> text, int at, out int size)
    {
        CharacterKind kind = CharacterKinds.At(text, at, out size);
        return kind == CharacterKind.Mark ? marksAreLetters ? CharacterKind.Letter : CharacterKind.Other : kind;
    }
}
