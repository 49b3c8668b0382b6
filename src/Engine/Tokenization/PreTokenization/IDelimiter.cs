namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Something that is looked for in a text.</summary>
internal interface IDelimiter
{
    /// <summary>Appends all matches in their order, none of which overlap; some may be empty.</summary>
    void FindAll(ReadOnlySpan<char> text, List<(int Start, int Length)> found)
    {
        int place = 0;
        while (place < text.Length && TryFind(text, place, out int start, out int length))
        {
            found.Add((start, length));
            place = start + length;
        }
    }

    /// <summary>Finds the next match that is not empty.</summary>
    bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length);
}
