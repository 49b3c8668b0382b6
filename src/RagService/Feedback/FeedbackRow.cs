using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Feedback;

/// <summary>Feedback as it stands in the database.</summary>
internal sealed class FeedbackRow
{
    public string Id { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Question { get; init; } = "";

    public string? Answer { get; init; }

    public string? Correction { get; init; }

    public string Collection { get; init; } = "";

    public string? CompletionId { get; init; }

    public string? Adapter { get; init; }

    public string Chunks { get; init; } = "[]";

    public string? Comment { get; init; }

    public string? UserName { get; init; }

    public string? ExampleId { get; init; }

    public string? Rejected { get; init; }

    public long CreatedAt { get; init; }

    public FeedbackRecord ToRecord() => new(
        Id, Kind, Question, Answer, Correction, Collection, CompletionId, Adapter,
        JsonSerializer.Deserialize<List<string>>(Chunks, WireJson.Options)!, Comment, UserName, CreatedAt, ExampleId, Rejected);
}
