namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Something that is looked for in a text.</summary>
internal interface IDelimiter
{
    /// <summary>Finds the next match; none is empty.</summary>
    bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length);
}
