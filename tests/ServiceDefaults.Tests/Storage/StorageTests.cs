using Dapper;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Storage;

public sealed class StorageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_database_migrates_step_by_step_and_keeps_what_it_holds()
    {
        string path = Path.Combine(_folder, "x.db");
        using (var connection = new SqliteDatabase(path, ["CREATE TABLE a (x INTEGER)"]).Open())
        {
            connection.Execute("INSERT INTO a VALUES (7)");
        }

        using var again = new SqliteDatabase(path, ["CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y TEXT"]).Open();

        Assert.Equal(7, again.ExecuteScalar<int>("SELECT x FROM a WHERE y IS NULL"));
        Assert.Equal(2, again.ExecuteScalar<int>("PRAGMA user_version"));
        Assert.Equal("wal", again.ExecuteScalar<string>("PRAGMA journal_mode"));
        Assert.Equal(2, again.ExecuteScalar<int>("PRAGMA synchronous"));
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused_by_name()
    {
        string path = Path.Combine(_folder, "x.db");
        _ = new SqliteDatabase(path, ["CREATE TABLE a (x INTEGER)", "CREATE TABLE b (x INTEGER)"]);

        var refusal = Assert.Throws<InvalidDataException>(() => new SqliteDatabase(path, ["CREATE TABLE a (x INTEGER)"]));

        Assert.Contains("version 2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_version_before_it()
    {
        string path = Path.Combine(_folder, "x.db");
        Assert.ThrowsAny<Exception>(() => new SqliteDatabase(path, ["CREATE TABLE a (x INTEGER)", "CREATE TABLE a (x)"]));

        using var connection = new SqliteDatabase(path, ["CREATE TABLE a (x INTEGER)"]).Open();

        Assert.Equal(1, connection.ExecuteScalar<int>("PRAGMA user_version"));
    }

    [Fact]
    public void A_data_folder_takes_one_writer()
    {
        using var first = new ServiceData(Path.Combine(_folder, "rag"));

        var refusal = Assert.Throws<IOException>(() => new ServiceData(Path.Combine(_folder, "rag")));

        Assert.Contains("--data", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replicas_take_a_folder_each_and_a_new_one_takes_what_was_left()
    {
        using var first = ServiceData.OfReplica(Path.Combine(_folder, "gateway"), replicas: 2);
        var second = ServiceData.OfReplica(Path.Combine(_folder, "gateway"), replicas: 2);

        Assert.Equal(["gateway-0", "gateway-1"], new[] { first, second }.Select(data => Path.GetFileName(data.Folder)));
        Assert.Throws<IOException>(() => ServiceData.OfReplica(Path.Combine(_folder, "gateway"), replicas: 2));
        second.Dispose();
        using var third = ServiceData.OfReplica(Path.Combine(_folder, "gateway"), replicas: 2);
        Assert.Equal(second.Folder, third.Folder);
    }

    [Fact]
    public async Task A_stream_over_the_limit_leaves_no_file()
    {
        string path = Path.Combine(_folder, "upload.bin");

        await Assert.ThrowsAsync<InvalidDataException>(() => AtomicFile.WriteTemporaryAsync(
            path, new MemoryStream(new byte[100_000]), bytesMax: 99_999, CancellationToken.None));

        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_file_is_replaced_whole()
    {
        string path = Path.Combine(_folder, "state.json");
        AtomicFile.WriteAllText(path, "old");

        AtomicFile.WriteAllText(path, "new");

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }
}
