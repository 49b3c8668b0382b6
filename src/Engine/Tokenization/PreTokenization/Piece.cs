namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>A part of a text.</summary>
/// <param name="Text">The text.</param>
/// <param name="Start">First UTF-16 unit.</param>
/// <param name="Length">Units.</param>
internal readonly record struct Piece(NormalizedText Text, int Start, int Length)
{
    internal ReadOnlySpan<char> Chars => Text.Chars.Slice(Start, Length);

    /// <summary>A part of this part.</summary>
    internal Piece Part(int start, int length) => new(Text, Start + start, length);

    /// <summary>The part as a text of its own.</summary>
    internal NormalizedText Alone() => Text.Slice(Start, Length);
}
