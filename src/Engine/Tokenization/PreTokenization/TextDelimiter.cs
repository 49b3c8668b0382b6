namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>A given text.</summary>
internal sealed class TextDelimiter(string delimiter) : IDelimiter
{
    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        int distance = delimiter.Length == 0 ? -1 : text[from..].IndexOf(delimiter, StringComparison.Ordinal);
        (start, length) = (from + distance, delimiter.Length);
        return distance >= 0;
    }
}
