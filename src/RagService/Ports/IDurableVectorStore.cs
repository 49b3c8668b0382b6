namespace Ratchet.RagService.Ports;

/// <summary>A vector store that keeps its entries by itself, in a place of its own: what it has missed is made good.</summary>
internal interface IDurableVectorStore : IVectorStore
{
    /// <summary>Brings the store to exactly these entries, whatever it holds; what is right already is not sent again.</summary>
    /// <param name="entries">All that the database holds; read once, lazily.</param>
    /// <param name="cancellation">Ends it half-way, which the next time makes good.</param>
    /// <exception cref="VectorStoreException">The store does not answer, or is not one that can be used.</exception>
    Task SynchronizeAsync(IEnumerable<VectorEntry> entries, CancellationToken cancellation);
}
