namespace Ratchet.Engine.Tokenization;

/// <summary>A token that is found in text before the algorithm cuts it.</summary>
/// <param name="Id">The token.</param>
/// <param name="Text">Its spelling.</param>
internal sealed record AddedToken(int Id, string Text)
{
    /// <summary>Whether it steers the model: found only where special tokens are parsed.</summary>
    internal bool IsSpecial { get; init; }

    /// <summary>Whether it is found only where no letter, digit or low line touches it.</summary>
    internal bool IsSingleWord { get; init; }

    /// <summary>Whether the white space before it goes with it.</summary>
    internal bool StripsLeft { get; init; }

    /// <summary>Whether the white space after it goes with it.</summary>
    internal bool StripsRight { get; init; }

    /// <summary>Its spelling in the normalised text, where it is looked for there; null where it is looked for in the original.</summary>
    internal string? NormalizedText { get; init; }
}
