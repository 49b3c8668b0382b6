using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Documents;

/// <summary>A chunk as it stands in the database.</summary>
internal sealed class ChunkRow
{
    public string Id { get; init; } = "";

    public string DocumentId { get; init; } = "";

    public int Position { get; init; }

    public int Start { get; init; }

    public int End { get; init; }

    public string? Heading { get; init; }

    public string Text { get; init; } = "";

    public int TokenCount { get; init; }

    public ChunkRecord ToRecord() => new(Id, Position, Text, Heading, Start, End, TokenCount, DocumentId);

    /// <summary>What is embedded and what words are counted in: a passage is about what stands above it.</summary>
    public static string SearchText(string? title, string? heading, string text)
    {
        // A page's first heading is mostly its title again.
        string above = string.IsNullOrEmpty(heading) || string.Equals(title, heading, StringComparison.Ordinal) ? ""
            : title is { Length: > 0 } && heading.StartsWith(title + " > ", StringComparison.Ordinal)
                ? heading[(title.Length + 3)..] + "\n"
                : heading + "\n";
        return string.IsNullOrEmpty(title) ? above + text : title + "\n" + above + text;
    }
}
