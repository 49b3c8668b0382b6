using Microsoft.Data.Sqlite;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Storage;

public sealed class FullDiskTests
{
    [Fact]
    public void A_file_that_does_not_fit_is_told_from_other_failures()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has /dev/full, a disk without space.");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        IOException refused = Assert.ThrowsAny<IOException>(() => full.Write([1, 2, 3]));

        Assert.True(FullDisk.IsReason(refused));
        Assert.True(FullDisk.IsReason(new InvalidOperationException("around it", new AggregateException(refused))));
        Assert.False(FullDisk.IsReason(new FileNotFoundException("x")));
        Assert.False(FullDisk.IsReason(new InvalidOperationException("x")));
        ApiException told = ApiErrors.Translate(refused);
        Assert.Equal((507, "disk_full"), (told.Status, told.Code));
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (randomblob(900000))")]
    [InlineData("INSERT INTO t VALUES (randomblob(100))")]
    public void A_database_that_cannot_grow_says_so_and_keeps_what_it_has(string insert)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-full-").FullName;
        var database = new SqliteDatabase(Path.Combine(folder, "a.db"), ["CREATE TABLE t (x BLOB)"]);
        using (SqliteConnection connection = database.Open())
        {
            Run(connection, "PRAGMA max_page_count = 20; INSERT INTO t VALUES (randomblob(100))");
            Exception? refused = Record.Exception(() =>
            {
                for (int i = 0; i < 10_000; i++)
                {
                    using SqliteTransaction transaction = connection.BeginTransaction();
                    Run(connection, insert, transaction);
                    transaction.CommitOrFail();
                }
            });

            Assert.True(FullDisk.IsReason(refused), refused?.ToString());
            Run(connection, "PRAGMA max_page_count = 100000");
            using SqliteTransaction next = connection.BeginTransaction();
            Run(connection, insert, next);
            next.CommitOrFail();
            Run(connection, "PRAGMA integrity_check");
        }

        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    // As where the disk refuses the last page: SQLite has rolled back before anyone could ask it to.
    [Fact]
    public void A_commit_that_fails_is_what_the_caller_sees()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        Run(connection, "PRAGMA foreign_keys = ON; CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED)");

        SqliteException refused = Assert.Throws<SqliteException>(() =>
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            Run(connection, "INSERT INTO b VALUES (1)", transaction);
            transaction.CommitOrFail();
        });

        Assert.Contains("FOREIGN KEY", refused.Message, StringComparison.Ordinal);
        Run(connection, "INSERT INTO a VALUES (1)");
    }

    private static void Run(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }
}
