namespace Ratchet.RagService.Ports;

/// <summary>A vector store that can also rank chunks by their words, in the same call.</summary>
internal interface IHybridVectorStore : IVectorStore
{
    /// <summary>Both rankings, each at most <paramref name="limit"/> long and through the same filter.</summary>
    /// <returns>Null where the store cannot rank by words now: its collection lacks them, or it is told not to.</returns>
    /// <exception cref="VectorStoreException">The store does not answer.</exception>
    Task<HybridMatches?> SearchBothAsync(HybridQuery query, int limit, ChunkFilter filter, CancellationToken cancellation);
}

/// <summary>What both rankings are asked for, and how they are fused where the store does that.</summary>
/// <param name="Vector">As many numbers as the entries have; need not be of length 1.</param>
/// <param name="Words">The question's tokens, repeats kept.</param>
/// <param name="MeaningWeight">Weight of the ranking by meaning, 0 or more.</param>
/// <param name="WordsWeight">Weight of the ranking by words, 0 or more.</param>
/// <param name="RankConstant">The k of weight / (k + rank), ranks from 1.</param>
internal sealed record HybridQuery(
    ReadOnlyMemory<float> Vector, IReadOnlyList<string> Words, double MeaningWeight, double WordsWeight, double RankConstant);

/// <summary>Both rankings of a question, best first.</summary>
/// <param name="ByMeaning">With cosines.</param>
/// <param name="ByWords">With BM25 scores.</param>
/// <param name="Fused">The store's own fusion of both; null where the service fuses.</param>
internal sealed record HybridMatches(
    IReadOnlyList<VectorMatch> ByMeaning, IReadOnlyList<WordsMatch> ByWords, IReadOnlyList<(string ChunkId, double Score)>? Fused);

/// <summary>A chunk that a store has found by its words.</summary>
internal readonly record struct WordsMatch(string ChunkId, double Score);
