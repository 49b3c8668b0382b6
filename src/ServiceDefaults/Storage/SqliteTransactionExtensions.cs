using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Ratchet.ServiceDefaults.Storage;

/// <summary>What Microsoft.Data.Sqlite leaves open where a commit fails.</summary>
public static class SqliteTransactionExtensions
{
    /// <summary>Commits; where that fails, the failure is what the caller sees.</summary>
    /// <remarks>
    /// A full disk makes SQLite roll back by itself. The transaction does not know that, and its Dispose would answer with
    /// "cannot rollback - no transaction is active" in place of the reason.
    /// </remarks>
    public static void CommitOrFail(this SqliteTransaction transaction)
    {
        SqliteConnection connection = transaction.Connection!;
        try
        {
            transaction.Commit();
        }
        catch (SqliteException) when (raw.sqlite3_get_autocommit(connection.Handle) != 0)
        {
            // Gives that Dispose something to roll back.
            using SqliteCommand begin = connection.CreateCommand();
            begin.CommandText = "BEGIN";
            begin.ExecuteNonQuery();
            throw;
        }
    }
}
