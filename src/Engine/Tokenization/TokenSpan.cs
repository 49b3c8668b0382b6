namespace Ratchet.Engine.Tokenization;

/// <summary>A token and the text it came from.</summary>
/// <param name="Id">The token.</param>
/// <param name="Start">First UTF-16 unit of the text that it covers, wholly or in part.</param>
/// <param name="End">The unit after the last.</param>
public readonly record struct TokenSpan(int Id, int Start, int End);
