using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Examples;

/// <summary>An example as it stands in the database, with what is joined to it.</summary>
internal sealed class ExampleRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string Collection { get; init; } = "";

    public string Question { get; init; } = "";

    public string Answer { get; init; } = "";

    public string QuestionHash { get; init; } = "";

    public long? DocumentSeq { get; init; }

    public string? DocumentId { get; init; }

    public string? DocumentKey { get; init; }

    public string? DocumentTitle { get; init; }

    public int? DocumentVersion { get; init; }

    public string? ChunkId { get; init; }

    public string? Passage { get; init; }

    public string? Grp { get; init; }

    public string? Pin { get; init; }

    public string Split { get; init; } = "";

    public string State { get; init; } = "";

    public string Source { get; init; } = "";

    public bool Counted { get; init; }

    public bool Covered { get; init; }

    public bool Stale { get; init; }

    public string? DuplicateOf { get; init; }

    public string? FeedbackId { get; init; }

    public string? Warnings { get; init; }

    public string? ReviewedBy { get; init; }

    public long? ReviewedAt { get; init; }

    public long CreatedAt { get; init; }

    public ExampleRecord ToRecord(IReadOnlyList<string>? batches = null) => new(
        Id, Collection, Question, Answer, Split, State, Source, CreatedAt, Covered, Counted, DocumentId, DocumentKey, ChunkId,
        Grp, Pin is not null, Stale, DuplicateOf, ReviewedBy, ReviewedAt, FeedbackId, Passage, DocumentTitle,
        Warnings is null ? null : JsonSerializer.Deserialize<List<string>>(Warnings, WireJson.Options), batches);
}
