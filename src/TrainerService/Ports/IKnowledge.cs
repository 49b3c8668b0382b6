using Ratchet.Contracts.Rag;

namespace Ratchet.TrainerService.Ports;

/// <summary>The RagService as cycles need it.</summary>
public interface IKnowledge
{
    /// <summary>Seals what is approved; the same key again answers with the same batch.</summary>
    Task<BatchRecord> SealAsync(string collection, string include, string key, CancellationToken cancellation);

    Task<BatchRecord> BatchAsync(string id, CancellationToken cancellation);

    /// <summary>All sealed batches, newest first.</summary>
    Task<IReadOnlyList<BatchRecord>> BatchesAsync(CancellationToken cancellation);

    /// <summary>The batch's canonical JSONL.</summary>
    Task<byte[]> ContentAsync(string batch, CancellationToken cancellation);

    /// <summary>What retrieval finds, best first.</summary>
    Task<IReadOnlyList<SearchHit>> SearchAsync(
        string question, string collection, int count, CancellationToken cancellation);

    /// <summary>The passages of a document, in its order; none where it is gone.</summary>
    Task<IReadOnlyList<ChunkRecord>> ChunksAsync(string document, CancellationToken cancellation);

    /// <summary>Approved held-out examples of a collection.</summary>
    IAsyncEnumerable<ExampleRecord> HeldOutAsync(string collection, CancellationToken cancellation);

    Task<KnowledgeStats> StatsAsync(CancellationToken cancellation);
}
