using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Index;

/// <summary>Both ways of finding chunks, changed together. A projection of the database, filled from it at every start.</summary>
internal sealed class KnowledgeIndex(IVectorStore vectors, KeywordScoring scoring = KeywordScoring.Lucene) : IDisposable
{
    private readonly KeywordIndex _keywords = new(scoring: scoring);
    private long _generation;

    /// <summary>Grows with every change.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>Adds a document's chunks; they can be found when the task ends.</summary>
    public async Task AddAsync(IReadOnlyList<IndexedChunk> chunks, CancellationToken cancellation)
    {
        await vectors.UpsertAsync(
            [.. chunks.Select(chunk => new VectorEntry(chunk.Id, chunk.Labels, chunk.Vector, chunk.SearchText))], cancellation);
        AddWords(chunks);
    }

    /// <summary>Adds a document's chunks at the start, from the database; a store that keeps its entries has them already.</summary>
    public async Task LoadAsync(IReadOnlyList<IndexedChunk> chunks, CancellationToken cancellation)
    {
        if (vectors is not IDurableVectorStore)
        {
            await AddAsync(chunks, cancellation);
            return;
        }

        AddWords(chunks);
    }

    /// <summary>Takes a document out; none of its chunks can be found when the task ends.</summary>
    public async Task RemoveAsync(string documentId, CancellationToken cancellation)
    {
        _keywords.RemoveDocument(documentId);
        await vectors.RemoveDocumentAsync(documentId, cancellation);
        Interlocked.Increment(ref _generation);
    }

    public Task<IReadOnlyList<VectorMatch>> FindByMeaningAsync(
        ReadOnlyMemory<float> query, int limit, ChunkFilter filter, CancellationToken cancellation) =>
        vectors.SearchAsync(query, limit, filter, cancellation);

    public IReadOnlyList<KeywordMatch> FindByWords(string query, int limit, ChunkFilter filter) =>
        _keywords.Search(FunctionWords.LeftOut(SearchTokens.Of(query)), limit, filter);

    /// <summary>Both rankings from the store of vectors, where it can and counts words as the settings say; else null.</summary>
    public async Task<(IReadOnlyList<VectorMatch> ByMeaning, IReadOnlyList<KeywordMatch> ByWords, IReadOnlyList<(string Item, double Score)>? Fused)?>
        FindByBothAsync(
            string query, ReadOnlyMemory<float> vector, FusionRule rule, int limit, ChunkFilter filter, CancellationToken cancellation)
    {
        IReadOnlyList<string> words = FunctionWords.LeftOut(SearchTokens.Of(query));
        if (vectors is not IHybridVectorStore store || scoring != KeywordScoring.Lucene || words.Count == 0
            || await store.SearchBothAsync(
                new HybridQuery(vector, words, rule.MeaningWeight, rule.WordsWeight, rule.RankConstant), limit, filter, cancellation) is not { } both)
        {
            return null;
        }

        IReadOnlyList<double> coverages = _keywords.Coverages(words, [.. both.ByWords.Select(match => match.ChunkId)]);
        return (
            both.ByMeaning,
            [.. both.ByWords.Select((match, place) => new KeywordMatch(match.ChunkId, match.Score, coverages[place]))],
            both.Fused);
    }

    public Task<IReadOnlyDictionary<string, float[]>> GetVectorsAsync(
        IReadOnlyCollection<string> chunkIds, CancellationToken cancellation) =>
        vectors.GetVectorsAsync(chunkIds, cancellation);

    public void Dispose() => _keywords.Dispose();

    private void AddWords(IReadOnlyList<IndexedChunk> chunks)
    {
        foreach (IndexedChunk chunk in chunks)
        {
            _keywords.Upsert(chunk.Id, chunk.Labels, SearchTokens.Of(chunk.SearchText));
        }

        Interlocked.Increment(ref _generation);
    }
}

/// <summary>A chunk as the index takes it.</summary>
/// <param name="SearchText">Title, headings and text: what is embedded and what words are counted in.</param>
internal sealed record IndexedChunk(string Id, ChunkLabels Labels, string SearchText, ReadOnlyMemory<float> Vector);
