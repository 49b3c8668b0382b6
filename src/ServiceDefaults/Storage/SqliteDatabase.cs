using Microsoft.Data.Sqlite;

namespace Ratchet.ServiceDefaults.Storage;

/// <summary>A SQLite file whose commits survive a power cut, with migrations counted in `user_version`.</summary>
public sealed class SqliteDatabase
{
    private static readonly Lock Batteries = new();
    private static bool _ready;

    private readonly string _connectionString;

    /// <summary>Opens or creates the file and brings it up to the newest migration.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="migrations">SQL scripts; the n-th brings version n-1 to n, in one transaction.</param>
    /// <exception cref="InvalidDataException">The file was written by a newer Ratchet.</exception>
    public SqliteDatabase(string path, IReadOnlyList<string> migrations)
    {
        lock (Batteries)
        {
            if (!_ready)
            {
                SQLitePCL.Batteries_V2.Init();
                _ready = true;
            }
        }

        Path = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Cache = SqliteCacheMode.Private,
            Pooling = true,
            DefaultTimeout = 30,
        }.ToString();
        Migrate(migrations);
    }

    public string Path { get; }

    /// <summary>An open connection; dispose of it after use (connections are pooled).</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            // Patience first: asking for the log is refused at once while another connection recovers or cuts it.
            Execute(
                connection,
                "PRAGMA busy_timeout=30000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                + "PRAGMA secure_delete=ON;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Migrate(IReadOnlyList<string> migrations)
    {
        using SqliteConnection connection = Open();
        using SqliteCommand version = connection.CreateCommand();
        version.CommandText = "PRAGMA user_version";
        int current = Convert.ToInt32(version.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        if (current > migrations.Count)
        {
            throw new InvalidDataException(
                $"{Path} has version {current}, and this Ratchet knows versions up to {migrations.Count}. It was written by a "
                + "newer Ratchet: run that one, or point Ratchet:Data at another folder.");
        }

        for (int next = current; next < migrations.Count; next++)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            using SqliteCommand step = connection.CreateCommand();
            step.Transaction = transaction;
#pragma warning disable CA2100 // The scripts are constants of the service, nothing of them comes from outside.
            step.CommandText = $"{migrations[next]};\nPRAGMA user_version = {next + 1};";
#pragma warning restore CA2100
            step.ExecuteNonQuery();
            transaction.CommitOrFail();
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
