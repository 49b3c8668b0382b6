namespace Ratchet.Contracts.Rag;

/// <summary>Answer of GET /v1/knowledge/stats: counts for the pages.</summary>
/// <param name="Documents">Count by state.</param>
/// <param name="Examples">Count by review state.</param>
/// <param name="ReadyToSeal">Approved training examples in no usable batch: what the next batch would hold.</param>
/// <param name="ReadyTokens">About how many tokens those examples have.</param>
/// <param name="OldestReadyAt">When the oldest of them was approved.</param>
/// <param name="LagSeconds">Age of the oldest version that waits to be searchable; 0 where none waits.</param>
/// <param name="Encoder">SHA-256 of the encoder that the vectors belong to.</param>
public sealed record KnowledgeStats(
    IReadOnlyDictionary<string, int> Documents,
    int ChunkCount,
    IReadOnlyDictionary<string, int> Examples,
    int HeldOutCount,
    int ReadyToSeal,
    int ReadyTokens,
    long? OldestReadyAt,
    int BatchCount,
    int FeedbackCount,
    double LagSeconds,
    long? LastIndexedAt,
    long Generation,
    string? Encoder,
    IReadOnlyList<CollectionRecord> Collections)
{
    public string Object { get; init; } = "knowledge.stats";
}
