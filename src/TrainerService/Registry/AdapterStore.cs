using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Registry;

/// <summary>Keeps adapter generations: each is written once and never changed (F123).</summary>
public sealed class AdapterStore(TrainerDatabase database, ServiceData data, EventLog events, TimeProvider clock)
{
    private const string Fields =
        "a.record AS Record, e.verdict AS Verdict, "
        + "ifnull((SELECT group_concat(name) FROM aliases WHERE aliases.adapter = a.id), '') AS Aliases";

    private const string Tables = "adapters a LEFT JOIN evaluations e ON e.adapter = a.id";

    /// <summary>Raised after the set of adapters has changed.</summary>
    public Signal Changed { get; } = new();

    /// <summary>Copies a PEFT folder into the registry. The same id twice gives the first one.</summary>
    /// <param name="adapter">Path, Files and Bytes are filled in here.</param>
    /// <param name="sourceFolder">Stays as it is.</param>
    public AdapterRecord Publish(AdapterRecord adapter, string sourceFolder)
    {
        if (Find(adapter.Id) is { } known)
        {
            return known;
        }

        string folder = data.PathOf("adapters", adapter.Id.Replace(':', '_').Replace('/', '_'));
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(data.PathOf("adapters"));
            string temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
            Directory.CreateDirectory(temporary);
            foreach (string file in Directory.EnumerateFiles(sourceFolder))
            {
                File.Copy(file, Path.Combine(temporary, Path.GetFileName(file)));
            }

            AtomicFile.PublishFolder(temporary, folder);
        }

        AdapterFile[] files =
        [
            .. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(file => new AdapterFile(
                Path.GetFileName(file), new FileInfo(file).Length, Hash(file))),
        ];
        AdapterRecord kept = adapter with { Path = folder, Files = files, Bytes = files.Sum(f => f.Bytes) };
        using (var connection = database.Open())
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute(
                "INSERT INTO adapters (id, record) VALUES (@Id, @json)",
                new { kept.Id, json = JsonSerializer.Serialize(kept, WireJson.Options) },
                transaction);
            connection.Execute(
                "INSERT OR IGNORE INTO adapter_batches (adapter, batch) VALUES (@Id, @batch)",
                kept.Lineage.Batches.Select(batch => new { kept.Id, batch }),
                transaction);
            events.Append(
                connection, transaction, "adapter.created",
                new { Adapter = kept.Id, kept.BaseModel, kept.Job, kept.Cycle, kept.Lineage.Batches });
            transaction.CommitOrFail();
        }

        events.Announce();
        Changed.Set();
        return kept;
    }

    public AdapterRecord? Find(string id)
    {
        using var connection = database.Open();
        Row? row = connection.QuerySingleOrDefault<Row>(
            $"SELECT {Fields} FROM {Tables} WHERE a.id = @id AND a.deleted_at IS NULL", new { id });
        return row?.ToRecord();
    }

    /// <summary>Whether the id belongs to a deleted generation: it is never given out again.</summary>
    public bool WasDeleted(string id)
    {
        using var connection = database.Open();
        return connection.QuerySingle<bool>(
            "SELECT EXISTS (SELECT 1 FROM adapters WHERE id = @id AND deleted_at IS NOT NULL)", new { id });
    }

    public AdapterRecord Get(string id) => Find(id) ?? throw new ApiException(
        404, "model_not_found", $"There is no adapter '{id}'. GET /v1/adapters lists those that exist.", "model");

    /// <summary>All that are not deleted, newest first.</summary>
    /// <param name="batch">Only those that learned from this batch.</param>
    public IReadOnlyList<AdapterRecord> List(string? batch = null)
    {
        using var connection = database.Open();
        return
        [
            .. connection.Query<Row>(
                $"SELECT {Fields} FROM {Tables} WHERE a.deleted_at IS NULL AND (@batch IS NULL OR EXISTS "
                + "(SELECT 1 FROM adapter_batches b WHERE b.adapter = a.id AND b.batch = @batch)) ORDER BY a.seq DESC",
                new { batch }).Select(row => row.ToRecord()),
        ];
    }

    /// <summary>Deletes a generation that no alias holds; the row stays as a tombstone.</summary>
    public AdapterRecord Delete(string id)
    {
        AdapterRecord adapter = Get(id);
        using (var connection = database.Open())
        using (var transaction = connection.BeginTransaction())
        {
            string[] holders =
                [.. connection.Query<string>("SELECT name FROM aliases WHERE adapter = @id", new { id }, transaction)];
            if (holders.Length > 0)
            {
                throw new ApiException(
                    409, "adapter_in_use",
                    $"'{id}' is held by the alias {string.Join(", ", holders)}. Move or roll back the alias first.", "model");
            }

            connection.Execute(
                "UPDATE adapters SET deleted_at = @now WHERE id = @id",
                new { id, now = clock.GetUtcNow().ToUnixTimeSeconds() },
                transaction);
            events.Append(connection, transaction, "adapter.deleted", new { Adapter = id });
            transaction.CommitOrFail();
        }

        events.Announce();
        if (Directory.Exists(adapter.Path))
        {
            Directory.Delete(adapter.Path, recursive: true);
        }

        Changed.Set();
        return adapter;
    }

    /// <summary>Keeps the report of an adapter's last evaluation.</summary>
    public void SaveEvaluation(EvaluationReport report)
    {
        using (var connection = database.Open())
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute(
                "INSERT INTO evaluations (adapter, verdict, created_at, report) VALUES (@Adapter, @Verdict, @FinishedAt, @json) "
                + "ON CONFLICT (adapter) DO UPDATE SET verdict = excluded.verdict, created_at = excluded.created_at, "
                + "report = excluded.report",
                new
                {
                    report.Adapter,
                    report.Verdict,
                    report.FinishedAt,
                    json = JsonSerializer.Serialize(report, WireJson.Options),
                },
                transaction);
            events.Append(
                connection, transaction, "adapter.evaluated",
                new { report.Adapter, report.Verdict, report.Reasons, report.Cycle });
            transaction.CommitOrFail();
        }

        events.Announce();
    }

    public EvaluationReport? FindEvaluation(string id)
    {
        using var connection = database.Open();
        string? json = connection.QuerySingleOrDefault<string>(
            "SELECT report FROM evaluations WHERE adapter = @id", new { id });
        return json is null ? null : JsonSerializer.Deserialize<EvaluationReport>(json, WireJson.Options);
    }

    private static string Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // A class with setters: an expression's column has no type of its own while there is no row, which a constructor minds.
    private sealed class Row
    {
        public required string Record { get; init; }

        public string? Verdict { get; init; }

        public required string Aliases { get; init; }

        public AdapterRecord ToRecord() => JsonSerializer.Deserialize<AdapterRecord>(Record, WireJson.Options)! with
        {
            Verdict = Verdict,
            Aliases = Aliases.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };
    }
}
