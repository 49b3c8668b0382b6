using System.Text;
using System.Text.Json;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Datasets;

/// <summary>/v1/files (F49, F160).</summary>
public sealed class FileEndpointTests
{
    [Fact]
    public async Task An_uploaded_file_is_listed_read_and_deleted()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        byte[] content = TrainerHost.Chats(12);
        using MultipartFormDataContent form = TrainerHost.Form(content, "../house voice.jsonl");

        JsonElement file = await TrainerHost.JsonAsync(await client.PostAsync("/v1/files", form));
        string id = file.GetProperty("id").GetString()!;
        JsonElement list = await TrainerHost.JsonAsync(await client.GetAsync("/v1/files?purpose=fine-tune"));
        JsonElement one = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/files/{id}"));
        byte[] back = await client.GetByteArrayAsync($"/v1/files/{id}/content");
        JsonElement deleted = await TrainerHost.JsonAsync(await client.DeleteAsync($"/v1/files/{id}"));

        Assert.StartsWith("file-", id, StringComparison.Ordinal);
        Assert.Equal("file", file.GetProperty("object").GetString());
        Assert.Equal("house voice.jsonl", file.GetProperty("filename").GetString());
        Assert.Equal(content.Length, file.GetProperty("bytes").GetInt64());
        Assert.Equal("processed", file.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, file.GetProperty("status_details").ValueKind);
        Assert.Equal(12, file.GetProperty("x_ratchet").GetProperty("report").GetProperty("examples").GetInt32());
        Assert.Equal(id, list.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.False(list.GetProperty("has_more").GetBoolean());
        Assert.Equal(id, one.GetProperty("id").GetString());
        Assert.Equal(content, back);
        Assert.True(deleted.GetProperty("deleted").GetBoolean());
        await TrainerHost.JsonAsync(await client.GetAsync($"/v1/files/{id}"), 404);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.Folder, "trainer", "files")));
    }

    [Fact]
    public async Task An_acknowledged_file_survives_the_service()
    {
        string folder;
        string id;
        using (var host = new TrainerHost())
        {
            folder = host.Folder;
            id = await TrainerHost.UploadAsync(host.CreateClient());
        }

        using var again = new TrainerHost(folder);
        byte[] back = await again.CreateClient().GetByteArrayAsync($"/v1/files/{id}/content");

        Assert.Equal(TrainerHost.Chats(20), back);
    }

    [Fact]
    public async Task Every_fault_of_an_upload_is_told_with_its_line()
    {
        using var host = new TrainerHost();
        string bad = Encoding.UTF8.GetString(TrainerHost.Chats(12)) + "{oops\n{\"messages\"\n";
        using MultipartFormDataContent form = TrainerHost.Form(Encoding.UTF8.GetBytes(bad));

        JsonElement body = await TrainerHost.JsonAsync(await host.CreateClient().PostAsync("/v1/files", form), 400);

        Assert.Equal("file", body.GetProperty("error").GetProperty("param").GetString());
        Assert.Equal("invalid_json", body.GetProperty("error").GetProperty("code").GetString());
        JsonElement errors = body.GetProperty("x_ratchet").GetProperty("errors");
        Assert.Equal([13, 14], errors.EnumerateArray().Select(e => e.GetProperty("line").GetInt32()));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.Folder, "trainer", "files")));
    }

    [Theory]
    [InlineData(0, "fine-tune", "empty_file")]
    [InlineData(9, "fine-tune", "invalid_n_examples")]
    [InlineData(12, "assistants", "invalid_value")]
    public async Task What_cannot_be_trained_on_is_refused(int examples, string purpose, string code)
    {
        using var host = new TrainerHost();
        using MultipartFormDataContent form = TrainerHost.Form(TrainerHost.Chats(examples), purpose: purpose);

        JsonElement body = await TrainerHost.JsonAsync(await host.CreateClient().PostAsync("/v1/files", form), 400);

        Assert.Equal(code, body.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused_and_leaves_nothing()
    {
        using var host = new TrainerHost { Settings = { ["Trainer:FileBytesMax"] = "1000" } };
        using MultipartFormDataContent form = TrainerHost.Form(TrainerHost.Chats(100));

        JsonElement body = await TrainerHost.JsonAsync(await host.CreateClient().PostAsync("/v1/files", form), 413);

        Assert.Equal("file_too_large", body.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.Folder, "trainer", "files")));
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        using var host = new TrainerHost();
        using var text = new StringContent("hello");
        using var noFile = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" } };

        JsonElement body = await TrainerHost.JsonAsync(await host.CreateClient().PostAsync("/v1/files", text), 400);
        JsonElement missing = await TrainerHost.JsonAsync(await host.CreateClient().PostAsync("/v1/files", noFile), 400);

        Assert.Equal("invalid_content_type", body.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("file", missing.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        string[] ids = [await TrainerHost.UploadAsync(client), await TrainerHost.UploadAsync(client), await TrainerHost.UploadAsync(client)];

        JsonElement first = await TrainerHost.JsonAsync(await client.GetAsync("/v1/files?limit=2"));
        JsonElement second = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/files?limit=2&after={ids[1]}"));
        JsonElement oldest = await TrainerHost.JsonAsync(await client.GetAsync("/v1/files?order=asc&limit=1"));
        await TrainerHost.JsonAsync(await client.GetAsync("/v1/files?limit=0"), 400);
        await TrainerHost.JsonAsync(await client.GetAsync("/v1/files?after=file-none"), 400);

        Assert.True(first.GetProperty("has_more").GetBoolean());
        Assert.Equal(ids[1], first.GetProperty("last_id").GetString());
        Assert.Equal(ids[0], Assert.Single(second.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(ids[0], oldest.GetProperty("first_id").GetString());
    }
}
