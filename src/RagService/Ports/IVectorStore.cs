namespace Ratchet.RagService.Ports;

/// <summary>Finds chunks by meaning. A projection of the database: it can be cleared and filled again at any time.</summary>
internal interface IVectorStore
{
    /// <summary>Adds chunks, or replaces those whose id is known; they can be found when the task ends.</summary>
    Task UpsertAsync(IReadOnlyList<VectorEntry> entries, CancellationToken cancellation);

    /// <summary>Takes out every chunk of a document; none can be found when the task ends.</summary>
    Task RemoveDocumentAsync(string documentId, CancellationToken cancellation);

    /// <summary>At most <paramref name="limit"/> chunks that pass the filter, the nearest first.</summary>
    /// <param name="query">As many numbers as the entries have; need not be of length 1.</param>
    /// <param name="limit">From 1 up.</param>
    /// <param name="filter">Which chunks count.</param>
    /// <param name="cancellation">Ends the search.</param>
    Task<IReadOnlyList<VectorMatch>> SearchAsync(
        ReadOnlyMemory<float> query, int limit, ChunkFilter filter, CancellationToken cancellation);

    /// <summary>The stored vectors of some chunks, scaled to length 1; unknown ids are left out.</summary>
    Task<IReadOnlyDictionary<string, float[]>> GetVectorsAsync(
        IReadOnlyCollection<string> chunkIds, CancellationToken cancellation);
}

/// <summary>A chunk's place in embedding space.</summary>
/// <param name="ChunkId">The same id replaces the old entry.</param>
/// <param name="Labels">What filters look at.</param>
/// <param name="Vector">Need not be of length 1.</param>
/// <param name="SearchText">What words are counted in, for a store that can rank by words too.</param>
internal sealed record VectorEntry(string ChunkId, ChunkLabels Labels, ReadOnlyMemory<float> Vector, string SearchText = "");

/// <summary>A chunk that was found.</summary>
/// <param name="Similarity">Cosine, from -1 to 1; 0 where either vector is zero.</param>
internal readonly record struct VectorMatch(string ChunkId, float Similarity);
