using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.RagService.Ports;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Search;

/// <summary>Finds the passages that answer a question: by meaning and by words, fused.</summary>
internal sealed partial class KnowledgeSearch(
    KnowledgeDatabase database, KnowledgeIndex index, IEmbedder embedder, IOptions<SearchOptions> options, ILogger<KnowledgeSearch> logger)
{
    // Below this share of known words the encoder sees little but "unknown".
    private const double KnownShareMin = 0.6;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>The best passages. While the store of vectors is away the words of the question have to do.</summary>
    /// <exception cref="ApiException">503: only meaning was asked for, and the store of vectors is away.</exception>
    public async Task<SearchResponse> FindAsync(SearchQuery query, CancellationToken cancellation)
    {
        try
        {
            return await FindWholeAsync(query, cancellation);
        }
        catch (VectorStoreException away) when (query.Mode == SearchQuery.Dense)
        {
            throw new ApiException(
                503, "vectors_not_available",
                $"{away.Message} Search with \"mode\": \"hybrid\" or \"keyword\" meanwhile: both find by words.", "mode")
            {
                RetryAfter = RetryAfter,
            };
        }
        catch (VectorStoreException away)
        {
            LogByWords(logger, away.Message);
            return await FindWholeAsync(query with { Mode = SearchQuery.Keyword }, cancellation);
        }
    }

    private async Task<SearchResponse> FindWholeAsync(SearchQuery query, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        long generation = index.Generation;
        int depth = Math.Max(options.Value.Candidates, query.TopK * 2);
        bool isKnownLanguage = embedder.KnownShare(query.Text) >= KnownShareMin;

        var rule = new FusionRule(
            isKnownLanguage ? options.Value.DenseWeight : options.Value.DenseWeightUnknownLanguage,
            options.Value.KeywordWeight,
            options.Value.RankConstant);
        float[] vector = query.Mode == SearchQuery.Keyword ? [] : (await embedder.EmbedAsync([query.Text], cancellation))[0];
        (IReadOnlyList<VectorMatch> dense, IReadOnlyList<KeywordMatch> keyword, IReadOnlyList<(string Item, double Score)>? whole) =
            await RankAsync(query, vector, rule, depth, cancellation);
        var denseRanks = Ranks(dense.Select(match => match.ChunkId));
        var keywordRanks = Ranks(keyword.Select(match => match.ChunkId));

        // Of two equally good ones the nearer in meaning goes first, then the one with the smaller name.
        var ties = Comparer<string>.Create((x, y) =>
            (denseRanks.GetValueOrDefault(x, int.MaxValue), x).CompareTo((denseRanks.GetValueOrDefault(y, int.MaxValue), y)));
        IReadOnlyList<(string Item, double Score)> fused = whole is null
            ? RankFusion.Reciprocal(
                [[.. denseRanks.Keys], [.. keywordRanks.Keys]], [rule.MeaningWeight, rule.WordsWeight], ties, rule.RankConstant)
            : RankFusion.Ordered(whole.Select(found => KeyValuePair.Create(found.Item, found.Score)), ties);
        if (query.MmrLambda is { } lambda && vector.Length > 0)
        {
            fused = await DiversifiedAsync(fused, vector, depth, lambda, cancellation);
        }

        List<SearchHit> hits = Load(fused, query, dense, keyword, denseRanks, keywordRanks);
        return new SearchResponse(
            hits,
            hits.Count > 0 && IsAnswerable(query, dense, keyword, isKnownLanguage),
            generation,
            Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 2));
    }

    // Both rankings at once where the store can do that, else each from where it is.
    private async Task<(IReadOnlyList<VectorMatch>, IReadOnlyList<KeywordMatch>, IReadOnlyList<(string Item, double Score)>?)> RankAsync(
        SearchQuery query, float[] vector, FusionRule rule, int depth, CancellationToken cancellation)
    {
        if (query.Mode == SearchQuery.Hybrid
            && await index.FindByBothAsync(query.Text, vector, rule, depth, query.Filter, cancellation) is { } both)
        {
            return both;
        }

        return (
            query.Mode == SearchQuery.Keyword ? [] : await index.FindByMeaningAsync(vector, depth, query.Filter, cancellation),
            query.Mode == SearchQuery.Dense ? [] : index.FindByWords(query.Text, depth, query.Filter),
            null);
    }

    private async Task<IReadOnlyList<(string Item, double Score)>> DiversifiedAsync(
        IReadOnlyList<(string Item, double Score)> fused,
        float[] query,
        int depth,
        double lambda,
        CancellationToken cancellation)
    {
        List<(string Item, double Score)> candidates = [.. fused.Take(depth)];
        IReadOnlyDictionary<string, float[]> known = await index.GetVectorsAsync(
            [.. candidates.Select(candidate => candidate.Item)], cancellation);
        candidates.RemoveAll(candidate => !known.ContainsKey(candidate.Item));
        IReadOnlyList<(int Index, double Score)> chosen = MarginalRelevance.Select(
            Array.ConvertAll(query, value => (double)value),
            [.. candidates.Select(candidate => Array.ConvertAll(known[candidate.Item], value => (double)value))],
            candidates.Count,
            lambda);
        return [.. chosen.Select(pick => candidates[pick.Index])];
    }

    // The database has the last word: what is deleted or replaced there is no hit, whatever an index says.
    private List<SearchHit> Load(
        IReadOnlyList<(string Item, double Score)> fused,
        SearchQuery query,
        IReadOnlyList<VectorMatch> dense,
        IReadOnlyList<KeywordMatch> keyword,
        Dictionary<string, int> denseRanks,
        Dictionary<string, int> keywordRanks)
    {
        var hits = new List<SearchHit>(query.TopK);
        var perDocument = new Dictionary<string, int>(StringComparer.Ordinal);
        using SqliteConnection connection = database.Open();
        foreach ((string id, double score) in fused)
        {
            HitRow? row = connection.QueryFirstOrDefault<HitRow>(
                """
                SELECT c.id, c.position, c.text, c.heading, c.start, c."end", c.token_count, d.id AS document_id, d.key,
                    d.title, d.collection, d.version, d.metadata
                FROM chunks c JOIN documents d ON d.seq = c.document_seq
                WHERE c.id = @id AND d.deleted_at IS NULL
                """,
                new { id });
            if (row is null)
            {
                continue;
            }

            int before = perDocument.GetValueOrDefault(row.DocumentId);
            if (before >= (query.PerDocument ?? int.MaxValue))
            {
                continue;
            }

            perDocument[row.DocumentId] = before + 1;
            hits.Add(row.ToHit(
                score,
                denseRanks.TryGetValue(id, out int denseRank) ? (denseRank, dense[denseRank - 1].Similarity) : null,
                keywordRanks.TryGetValue(id, out int keywordRank) ? (keywordRank, keyword[keywordRank - 1].Score) : null));
            if (hits.Count == query.TopK)
            {
                break;
            }
        }

        return hits;
    }

    private bool IsAnswerable(
        SearchQuery query,
        IReadOnlyList<VectorMatch> dense,
        IReadOnlyList<KeywordMatch> keyword,
        bool isKnownLanguage)
    {
        SearchOptions limits = options.Value;
        double similarity = dense.Count > 0 ? dense[0].Similarity : -1;
        double coverage = keyword.Count > 0 ? keyword.Max(match => match.Coverage) : 0;
        if (query.Threshold is { } threshold)
        {
            return similarity >= threshold;
        }

        return isKnownLanguage && query.Mode != SearchQuery.Keyword
            ? similarity >= limits.AnswerableSimilarity
                || (similarity >= limits.AnswerableSimilarityWithWords && coverage >= limits.AnswerableCoverage)
            : coverage >= limits.AnswerableCoverageAlone;
    }

    private static Dictionary<string, int> Ranks(IEnumerable<string> ids)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string id in ids)
        {
            ranks[id] = ranks.Count + 1;
        }

        return ranks;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A question is searched for by words alone: {Reason}")]
    private static partial void LogByWords(ILogger logger, string reason);

    private sealed class HitRow
    {
        public string Id { get; init; } = "";

        public int Position { get; init; }

        public string Text { get; init; } = "";

        public string? Heading { get; init; }

        public int Start { get; init; }

        public int End { get; init; }

        public int TokenCount { get; init; }

        public string DocumentId { get; init; } = "";

        public string Key { get; init; } = "";

        public string? Title { get; init; }

        public string Collection { get; init; } = "";

        public int Version { get; init; }

        public string? Metadata { get; init; }

        public SearchHit ToHit(
            double score, (int Rank, float Similarity)? dense, (int Rank, double Score)? keyword) => new(
            new ChunkRecord(Id, Position, Text, Heading, Start, End, TokenCount, DocumentId),
            new DocumentReference(
                DocumentId, Key, Title, Collection, Version,
                Metadata is null ? null : new DocumentRow { Metadata = Metadata }.ReadMetadata()),
            score, dense?.Rank, dense?.Similarity, keyword?.Rank, keyword?.Score);
    }
}
