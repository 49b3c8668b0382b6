using System.Text;
using System.Text.Json;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Datasets;

/// <summary>LLaMA-Factory's dataset_info.json, sent with its data files to /v1/files (F25).</summary>
public sealed class DatasetInfoUploadTests
{
    private const string Info =
        """
        {"fees": {"file_name": "fees.json", "columns": {"prompt": "q", "response": "a", "system": "who"}, "num_samples": 11},
         "talks": {"file_name": "talks.jsonl", "formatting": "sharegpt", "columns": {"messages": "turns"}, "tags": {"role_tag": "by", "content_tag": "said", "user_tag": "guest", "assistant_tag": "host"}},
         "far": {"hf_hub_url": "org/far"}}
        """;

    private static readonly string Fees = "[" + string.Join(",", Enumerable.Range(0, 12).Select(
        i => $$"""{"q":"What does item {{i}} cost?","a":"Item {{i}} costs {{i}} coins.","who":"You are a clerk."}""")) + "]";

    private static readonly string Talks = string.Concat(Enumerable.Range(0, 10).Select(
        i => $$"""{"turns":[{"by":"guest","said":"Hello {{i}}"},{"by":"host","said":"Good day {{i}}"}]}""" + "\n"));

    [Fact]
    public async Task The_chosen_data_set_is_kept_in_messages_with_the_meaning_that_its_entry_gives()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();

        JsonElement fees = await SendAsync(client, "fees", 200, ("fees.json", Fees), ("talks.jsonl", Talks));
        JsonElement talks = await SendAsync(client, "talks", 200, ("data/talks.jsonl", Talks));

        Assert.Equal("fees.jsonl", fees.GetProperty("filename").GetString());
        string[] rows = await RowsAsync(client, fees);
        Assert.Equal(11, rows.Length);
        Assert.Equal(
            """{"messages":[{"role":"system","content":"You are a clerk."},{"role":"user","content":"What does item 3 cost?"},{"role":"assistant","content":"Item 3 costs 3 coins."}]}""",
            rows[3]);
        Assert.Equal(
            """{"messages":[{"role":"user","content":"Hello 9"},{"role":"assistant","content":"Good day 9"}]}""", (await RowsAsync(client, talks))[9]);

        // Nothing but the two files is left.
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(host.Folder, "trainer", "files")).Count());
        JsonElement job = await TrainerHost.StartAsync(
            client, new { model = "smollm2-135m-instruct", training_file = fees.GetProperty("id").GetString() });
        Assert.Equal("queued", job.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(null, "fees.json", "invalid_dataset_info", "It has 'fees', 'talks', 'far'.")]
    [InlineData("nobody", "fees.json", "invalid_dataset_info", "no data set 'nobody'")]
    [InlineData("far", "fees.json", "invalid_dataset_info", "org/far")]
    [InlineData("fees", "other.json", "invalid_value", "is in 'fees.json', which was not sent. Sent were 'other.json'.")]
    public async Task What_is_missing_is_named_with_what_there_is(string? dataset, string sent, string code, string words)
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();

        JsonElement error = (await SendAsync(client, dataset, 400, (sent, Fees))).GetProperty("error");

        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.Folder, "trainer", "files")));
    }

    [Fact]
    public async Task Faults_have_their_places_in_the_data_file()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        string broken = Talks + """{"turns":[{"by":"stranger","said":"Hello"}]}""" + "\n";

        JsonElement error = (await SendAsync(client, "talks", 400, ("talks.jsonl", broken))).GetProperty("error");

        Assert.Contains("'talks.jsonl' cannot be trained on. Line 11", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_only_data_set_needs_no_name_and_what_is_no_such_file_is_refused()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        using MultipartFormDataContent only = Form("""{"fees": {"file_name": "fees.json", "columns": {"prompt": "q", "response": "a"}}}""", null, ("fees.json", Fees));
        using MultipartFormDataContent wrong = Form("[1]", null, ("fees.json", Fees));
        using MultipartFormDataContent outside = Form("""{"fees": {"file_name": "../fees.json"}}""", null, ("fees.json", Fees));

        Assert.Equal("fees.jsonl", (await TrainerHost.JsonAsync(await client.PostAsync("/v1/files", only))).GetProperty("filename").GetString());
        Assert.Contains("an object of data sets is needed", (await TrainerHost.JsonAsync(await client.PostAsync("/v1/files", wrong), 400)).ToString(), StringComparison.Ordinal);
        Assert.Contains("lies outside", (await TrainerHost.JsonAsync(await client.PostAsync("/v1/files", outside), 400)).ToString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, string? dataset, int status, params (string Name, string Text)[] files)
    {
        using MultipartFormDataContent form = Form(Info, dataset, files);
        return await TrainerHost.JsonAsync(await client.PostAsync("/v1/files", form), status);
    }

    private static MultipartFormDataContent Form(string info, string? dataset, params (string Name, string Text)[] files)
    {
        var form = new MultipartFormDataContent
        {
            { new StringContent("fine-tune"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(info)), "dataset_info", "dataset_info.json" },
        };
        foreach ((string name, string text) in files)
        {
            form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "file", name);
        }

        if (dataset is not null)
        {
            form.Add(new StringContent(dataset), "dataset");
        }

        return form;
    }

    private static async Task<string[]> RowsAsync(HttpClient client, JsonElement file) =>
        (await client.GetStringAsync($"/v1/files/{file.GetProperty("id").GetString()}/content")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
