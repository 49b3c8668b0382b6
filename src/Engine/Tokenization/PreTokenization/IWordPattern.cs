namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>A pattern of words that leaves no character of a text out.</summary>
internal interface IWordPattern
{
    /// <summary>UTF-16 units of the match at the start of <paramref name="text"/>, which is not empty; at least 1.</summary>
    int NextLength(ReadOnlySpan<char> text);
}
