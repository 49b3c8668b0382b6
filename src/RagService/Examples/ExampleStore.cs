using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Examples;

/// <summary>Reads examples.</summary>
internal sealed class ExampleStore(KnowledgeDatabase database)
{
    private const string Select =
        """
        SELECT e.*, d.id AS document_id, d.title AS document_title,
            EXISTS (SELECT 1 FROM coverage k WHERE k.collection = e.collection AND k.document_key = e.document_key) AS covered
        """;

    private const string From = " FROM examples e LEFT JOIN documents d ON d.seq = e.document_seq ";

    /// <summary>With its passage and the batches that hold it.</summary>
    /// <exception cref="ApiException">404: there is no such example.</exception>
    public ExampleRecord Get(string id)
    {
        using SqliteConnection connection = database.Open();
        ExampleRow row = connection.QueryFirstOrDefault<ExampleRow>(
            $"{Select}, p.text AS passage{From} LEFT JOIN chunks p ON p.id = e.chunk_id WHERE e.id = @id", new { id })
            ?? throw Unknown(id);
        List<string> batches = connection.Query<string>(
            "SELECT b.id FROM batch_rows r JOIN batches b ON b.seq = r.batch_seq WHERE r.example_id = @id ORDER BY b.seq",
            new { id }).AsList();
        return row.ToRecord(batches);
    }

    public static ApiException Unknown(string id) => ApiException.NotFound(
        "example", Names.Shown(id), "GET /v1/examples lists those there are; deleting a document deletes its examples.");

    /// <summary>The examples with these ids, in that order.</summary>
    public List<ExampleRecord> Get(IReadOnlyList<string> ids)
    {
        const int IdsPerQuery = 500;
        using SqliteConnection connection = database.Open();
        var found = new Dictionary<string, ExampleRecord>(StringComparer.Ordinal);
        foreach (string[] part in ids.Chunk(IdsPerQuery))
        {
            foreach (ExampleRow row in connection.Query<ExampleRow>($"{Select}{From} WHERE e.id IN @part", new { part }))
            {
                found[row.Id] = row.ToRecord();
            }
        }

        return [.. ids.Where(found.ContainsKey).Select(id => found[id])];
    }

    /// <summary>One more than <paramref name="limit"/> where there is more.</summary>
    public List<ExampleRecord> List(ExampleQuery query, IReadOnlyList<string>? states, int limit)
    {
        using SqliteConnection connection = database.Open();
        bool isDescending = query.Order == "desc";
        long? after = query.After is null ? null
            : connection.ExecuteScalar<long?>("SELECT seq FROM examples WHERE id = @After", new { query.After })
                ?? throw ApiException.BadField("after", $"There is no example '{Names.Shown(query.After)}' to continue after.");
        string passage = query.Passage ? ", p.text AS passage" : "";
        string passageJoin = query.Passage ? " LEFT JOIN chunks p ON p.id = e.chunk_id " : "";
        string sql =
            $"""
            SELECT * FROM ({Select}{passage}{From}{passageJoin})
            WHERE (@after IS NULL OR seq {(isDescending ? "<" : ">")} @after)
                AND (@Split IS NULL OR split = @Split)
                AND (@Collection IS NULL OR collection = @Collection)
                AND (@DocumentId IS NULL OR document_id = @DocumentId OR document_key = @DocumentId)
                AND (@Source IS NULL OR source = @Source)
                AND (@Covered IS NULL OR covered = @Covered)
                AND (@Counted IS NULL OR counted = @Counted)
                AND (@Text IS NULL OR instr(lower(question || ' ' || answer), lower(@Text)) > 0)
                {(states is null ? "" : "AND state IN @states")}
            ORDER BY seq {(isDescending ? "DESC" : "ASC")} LIMIT @limit
            """;
        return [.. connection.Query<ExampleRow>(
            sql,
            new
            {
                after,
                query.Split,
                query.Collection,
                query.DocumentId,
                query.Source,
                query.Covered,
                query.Counted,
                query.Text,
                states,
                limit = limit + 1,
            }).Select(row => row.ToRecord())];
    }
}
