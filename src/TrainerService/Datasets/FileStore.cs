using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Ratchet.Contracts;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Datasets;

/// <summary>Keeps uploaded and produced files. A file is acknowledged only when its bytes and its row are on the disk.</summary>
public sealed class FileStore(TrainerDatabase database, ServiceData data, TimeProvider clock)
{
    public const string TrainingPurpose = "fine-tune";
    public const string ResultPurpose = "fine-tune-results";

    /// <summary>Where the bytes of a file are.</summary>
    public string PathOf(string id)
    {
        Directory.CreateDirectory(data.PathOf("files"));
        return data.PathOf("files", id);
    }

    /// <summary>Makes a file that was written to a temporary name real, and then gives it its row.</summary>
    /// <returns>The file of that id: the earlier one where it exists already.</returns>
    public FileRecord Add(FileRecord file, string temporary)
    {
        AtomicFile.Publish(temporary, PathOf(file.Id));
        using var connection = database.Open();
        connection.Execute(
            "INSERT OR IGNORE INTO files (id, purpose, record) VALUES (@Id, @Purpose, @json)",
            new { file.Id, file.Purpose, json = JsonSerializer.Serialize(file, WireJson.Options) });
        return Find(file.Id)!;
    }

    /// <summary>Adds content whose id is known beforehand: the same id twice is the same file.</summary>
    public FileRecord Add(string id, string filename, string purpose, byte[] content, int exampleCount, JsonElement? report)
    {
        if (Find(id) is { } known)
        {
            return known;
        }

        string temporary = PathOf(id) + ".tmp";
        AtomicFile.WriteAllBytes(temporary, content);
        var file = new FileRecord
        {
            Id = id,
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Filename = filename,
            Purpose = purpose,
            Bytes = content.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            ExampleCount = exampleCount,
            Report = report,
        };
        return Add(file, temporary);
    }

    public FileRecord? Find(string id)
    {
        using var connection = database.Open();
        string? json = connection.QuerySingleOrDefault<string>("SELECT record FROM files WHERE id = @id", new { id });
        FileRecord? file = json is null ? null : JsonSerializer.Deserialize<FileRecord>(json, WireJson.Options);
        return file is { ExpiresAt: { } at } && at <= clock.GetUtcNow().ToUnixTimeSeconds() ? null : file;
    }

    public FileRecord Get(string id) => Find(id) ?? throw new ApiException(
        404, "not_found", $"No such File object: {id}. GET /v1/files lists those that exist.", "id");

    /// <summary>All that have not expired, newest first.</summary>
    public IReadOnlyList<FileRecord> List(string? purpose)
    {
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        using var connection = database.Open();
        return
        [
            .. connection.Query<string>(
                "SELECT record FROM files WHERE @purpose IS NULL OR purpose = @purpose ORDER BY seq DESC", new { purpose })
                .Select(json => JsonSerializer.Deserialize<FileRecord>(json, WireJson.Options)!)
                .Where(file => file.ExpiresAt is not { } at || at > now),
        ];
    }

    public void Delete(string id)
    {
        using (var connection = database.Open())
        {
            connection.Execute("DELETE FROM files WHERE id = @id", new { id });
        }

        File.Delete(PathOf(id));
    }
}
