using Microsoft.Data.Sqlite;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>The SQLite file of one run: deliveries as they came, console lines, and the resources as they were last.</summary>
/// <remarks>A file a run: to forget one is to delete it, and a torn one harms no other.</remarks>
internal static class RunFile
{
    private const int FormatVersion = 1;

    private static readonly Lock Batteries = new();
    private static bool _isReady;

    public static SqliteConnection Create(string path)
    {
        SqliteConnection connection = Open(path, SqliteOpenMode.ReadWriteCreate);
        Execute(
            connection,
            $"""
            PRAGMA journal_mode=WAL;
            PRAGMA synchronous=NORMAL;
            CREATE TABLE deliveries (id INTEGER PRIMARY KEY, signal INTEGER NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL);
            CREATE TABLE lines (id INTEGER PRIMARY KEY, resource TEXT NOT NULL, time INTEGER NOT NULL, is_error INTEGER NOT NULL, content TEXT NOT NULL);
            CREATE TABLE resources (id TEXT PRIMARY KEY, json TEXT NOT NULL);
            PRAGMA user_version={FormatVersion};
            """);
        return connection;
    }

    /// <summary>Null for a file that is of another version.</summary>
    public static SqliteConnection? OpenToRead(string path)
    {
        SqliteConnection connection = Open(path, SqliteOpenMode.ReadOnly);
        using SqliteCommand version = connection.CreateCommand();
        version.CommandText = "PRAGMA user_version";
        if (version.ExecuteScalar() is long and FormatVersion)
        {
            return connection;
        }

        connection.Dispose();
        return null;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        lock (Batteries)
        {
            if (!_isReady)
            {
                SQLitePCL.Batteries_V2.Init();
                _isReady = true;
            }
        }

        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
