using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Feedback;

/// <summary>A pair as it stands in the database, with its example and both words on it.</summary>
internal sealed class PairRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string ExampleId { get; init; } = "";

    public string Rejected { get; init; } = "";

    public string Source { get; init; } = "";

    public long ChosenSeq { get; init; }

    public long RejectedSeq { get; init; }

    public string ChosenFeedback { get; init; } = "";

    public string RejectedFeedback { get; init; } = "";

    public string? RejectedAdapter { get; init; }

    /// <summary>Ids of the passages that the chosen answer was given, best first.</summary>
    public string Chunks { get; init; } = "[]";

    public string Collection { get; init; } = "";

    public string Question { get; init; } = "";

    public string Answer { get; init; } = "";

    public string State { get; init; } = "";

    public string Split { get; init; } = "";

    public bool Stale { get; init; }

    public bool Trainable { get; init; } = true;

    public bool Contradicted { get; init; }

    public long? DocumentSeq { get; init; }

    public string? DocumentId { get; init; }

    public string? DocumentKey { get; init; }

    public long CreatedAt { get; init; }

    public IReadOnlyList<string> ChunkIds => JsonSerializer.Deserialize<List<string>>(Chunks, WireJson.Options)!;

    public PreferencePair ToRecord(string? blocked) => new(
        Id, Collection, Question, Answer, Rejected, Source, State, Split, blocked is null, blocked, ExampleId, ChosenFeedback, RejectedFeedback,
        RejectedAdapter, DocumentKey, CreatedAt);
}
