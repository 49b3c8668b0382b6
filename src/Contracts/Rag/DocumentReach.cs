namespace Ratchet.Contracts.Rag;

/// <summary>Everything made from a document: answer of GET /v1/documents/{id}/reach.</summary>
/// <param name="Adapters">Exact ids of adapters whose batches hold examples of the document.</param>
/// <param name="AdaptersKnown">False while the TrainerService cannot be asked.</param>
public sealed record DocumentReach(
    string DocumentId,
    IReadOnlyList<string> Chunks,
    IReadOnlyList<string> Examples,
    IReadOnlyList<string> Batches,
    IReadOnlyList<string> Adapters,
    bool AdaptersKnown)
{
    public string Object { get; init; } = "document.reach";
}
