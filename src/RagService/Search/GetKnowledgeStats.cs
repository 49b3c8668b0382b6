using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Batches;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Search;

/// <summary>GET /v1/knowledge/stats: counts for the pages and for the thresholds of cycles.</summary>
internal static class GetKnowledgeStats
{
    private const int CharactersPerToken = 4;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/knowledge/stats", Handle)
        .WithName(nameof(GetKnowledgeStats))
        .WithTags("Search")
        .WithSummary("How many documents, chunks and examples there are, and how far indexing lags.");

    private static Ok<KnowledgeStats> Handle(
        KnowledgeDatabase database,
        DocumentStore documents,
        KnowledgeIndex index,
        IEmbedder embedder,
        TimeProvider clock,
        string? collection = null)
    {
        using SqliteConnection connection = database.Open();
        var which = new { collection };
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        Dictionary<string, int> byState = Count(
            connection,
            "SELECT state, count(*) FROM documents WHERE (@collection IS NULL OR collection = @collection) GROUP BY state",
            which);
        var byReview = ExampleStates.All.ToDictionary(state => state, _ => 0);
        foreach ((string state, int count) in Count(
            connection,
            "SELECT state, count(*) FROM examples WHERE (@collection IS NULL OR collection = @collection) GROUP BY state",
            which))
        {
            byReview[state] = count;
        }

        Totals totals = connection.QuerySingle<Totals>(
            """
            SELECT
                (SELECT count(*) FROM chunks c JOIN documents d ON d.seq = c.document_seq
                    WHERE @collection IS NULL OR d.collection = @collection) AS chunks,
                (SELECT count(*) FROM examples WHERE split = 'held_out' AND state IN ('approved', 'edited')
                    AND (@collection IS NULL OR collection = @collection)) AS held_out,
                (SELECT count(*) FROM batches) AS batches,
                (SELECT count(*) FROM feedback WHERE @collection IS NULL OR collection = @collection) AS feedback,
                (SELECT min(updated_at) FROM documents WHERE state = 'indexing'
                    AND (@collection IS NULL OR collection = @collection)) AS oldest_waiting,
                (SELECT max(indexed_at) FROM documents WHERE @collection IS NULL OR collection = @collection) AS last_indexed
            """,
            which);
        ReadyTotals ready = connection.QuerySingle<ReadyTotals>(
            $"""
            SELECT count(*) AS examples, coalesce(sum(length(question) + length(answer)), 0) AS characters,
                min(coalesce(reviewed_at, created_at)) AS oldest
            FROM examples e WHERE {BatchSealer.Ready}{BatchSealer.Unsealed}
            """,
            which);
        return TypedResults.Ok(new KnowledgeStats(
            byState,
            (int)totals.Chunks,
            byReview,
            (int)totals.HeldOut,
            (int)ready.Examples,
            (int)(ready.Characters / CharactersPerToken),
            ready.Oldest,
            (int)totals.Batches,
            (int)totals.Feedback,
            totals.OldestWaiting is { } waiting ? Math.Max(0, now - waiting) : 0,
            totals.LastIndexed,
            index.Generation,
            embedder.EncoderId,
            documents.Collections()));
    }

    private static Dictionary<string, int> Count(SqliteConnection connection, string sql, object which) =>
        connection.Query<(string State, long Count)>(sql, which).ToDictionary(row => row.State, row => (int)row.Count);

    private sealed class Totals
    {
        public long Chunks { get; init; }

        public long HeldOut { get; init; }

        public long Batches { get; init; }

        public long Feedback { get; init; }

        public long? OldestWaiting { get; init; }

        public long? LastIndexed { get; init; }
    }

    private sealed class ReadyTotals
    {
        public long Examples { get; init; }

        public long Characters { get; init; }

        public long? Oldest { get; init; }
    }
}
