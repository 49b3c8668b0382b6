namespace Ratchet.RagService.Documents;

/// <summary>What a file says, as the text that is stored and that chunk offsets point into.</summary>
/// <param name="Title">The document's own name for itself, if it has one.</param>
/// <param name="Pairs">Questions with answers that the file's structure states outright (columns, objects).</param>
internal sealed record ExtractedText(string Text, string? Title, IReadOnlyList<StatedPair> Pairs)
{
    public ExtractedText(string text, string? title)
        : this(text, title, [])
    {
    }
}

/// <summary>A question and its answer as a document states them.</summary>
/// <param name="Start">Where the answer stands in the stored text: its chunk is the example's source.</param>
internal sealed record StatedPair(string Question, string Answer, int Start);
