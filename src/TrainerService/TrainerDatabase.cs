using Microsoft.Data.Sqlite;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService;

/// <summary>The trainer's SQLite file. What it says is true; files without a row are leftovers of a kill.</summary>
public sealed class TrainerDatabase(ServiceData data)
{
    private static readonly string[] Migrations =
    [
        EventLog.Migration,
        IdempotencyStore.Migration,
        """
        CREATE TABLE files (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, record TEXT NOT NULL);
        CREATE TABLE jobs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, record TEXT NOT NULL);
        CREATE INDEX jobs_by_status ON jobs (status, seq);
        CREATE TABLE job_events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, created_at INTEGER NOT NULL,
            level TEXT NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL, data TEXT, step INTEGER);
        CREATE INDEX job_events_by_job ON job_events (job, seq);
        CREATE UNIQUE INDEX job_events_by_step ON job_events (job, type, step) WHERE step IS NOT NULL;
        CREATE TABLE job_checkpoints (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, created_at INTEGER NOT NULL,
            model TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL, UNIQUE (job, step));
        CREATE TABLE adapters (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL, deleted_at INTEGER);
        CREATE TABLE adapter_batches (adapter TEXT NOT NULL, batch TEXT NOT NULL, PRIMARY KEY (adapter, batch));
        CREATE INDEX adapter_batches_by_batch ON adapter_batches (batch);
        CREATE TABLE aliases (
            name TEXT PRIMARY KEY, adapter TEXT NOT NULL, version INTEGER NOT NULL, updated_at INTEGER NOT NULL, reason TEXT);
        CREATE TABLE alias_moves (
            name TEXT NOT NULL, version INTEGER NOT NULL, adapter TEXT NOT NULL, previous TEXT, action TEXT NOT NULL,
            reason TEXT, actor TEXT NOT NULL, overruled INTEGER NOT NULL, created_at INTEGER NOT NULL,
            PRIMARY KEY (name, version));
        CREATE TABLE evaluations (
            adapter TEXT PRIMARY KEY, verdict TEXT NOT NULL, created_at INTEGER NOT NULL, report TEXT NOT NULL);
        CREATE TABLE cycles (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, record TEXT NOT NULL);
        CREATE INDEX cycles_by_status ON cycles (status, seq);
        CREATE TABLE schedule (name TEXT PRIMARY KEY, at INTEGER NOT NULL)
        """,
        "CREATE TABLE fences (name TEXT PRIMARY KEY, token INTEGER NOT NULL)",
    ];

    public SqliteDatabase File { get; } = new(data.PathOf("trainer.db"), Migrations);

    public SqliteConnection Open() => File.Open();
}
