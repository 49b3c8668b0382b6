namespace Ratchet.Contracts.Rag;

/// <summary>A named set of documents.</summary>
/// <param name="Trainable">False: its examples are all held out; it is for retrieval only.</param>
public sealed record CollectionRecord(string Name, bool Trainable, int DocumentCount, int ChunkCount, int ExampleCount)
{
    public string Object { get; init; } = "collection";
}
