namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>What kinds of byte-pair encoding differ in.</summary>
internal sealed record BytePairSettings
{
    /// <summary>Whether symbols are bytes, spelt in GPT-2's alphabet; else characters.</summary>
    internal bool IsByteLevel { get; init; }

    /// <summary>Whether a piece that is a token is taken whole, whatever merges would make of it.</summary>
    internal bool IgnoresMerges { get; init; }

    /// <summary>Whether a character without a token becomes the tokens of its bytes.</summary>
    internal bool FallsBackToBytes { get; init; }

    /// <summary>Token of what has none; null where that vanishes.</summary>
    internal int? UnknownToken { get; init; }

    /// <summary>Whether unknown characters that touch are one token.</summary>
    internal bool FusesUnknown { get; init; }
}
