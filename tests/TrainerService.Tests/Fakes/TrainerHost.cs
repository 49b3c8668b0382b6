using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Fakes;

/// <summary>The whole service in this process, on a data folder that outlives it: what is behind its ports is fake.</summary>
internal sealed class TrainerHost(string? folder = null, FakeEngineSettings? engine = null) : WebApplicationFactory<Program>
{
    public string Folder { get; } = folder ?? Directory.CreateTempSubdirectory("trainer-test-").FullName;

    public FakeEngineSettings Engine { get; } = engine ?? new FakeEngineSettings();

    public FakeAdapterServer Serving { get; } = new();

    public Dictionary<string, string?> Settings { get; } = new() { ["Trainer:CheckpointEvery"] = "00:00:00.1" };

    public Action<IServiceCollection>? More { get; init; }

    /// <summary>Workers, base model and reader are the real ones; only the other services are fake.</summary>
    public bool IsReal { get; init; }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public static byte[] Chats(int count, string answer = "answer") => Encoding.UTF8.GetBytes(string.Concat(
        Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new
        {
            messages = new object[]
            {
                new { role = "user", content = $"question {i}" }, new { role = "assistant", content = $"{answer} {i}" },
            },
        }) + "\n")));

    /// <summary>Pairs of answers, as OpenAI's DPO has them.</summary>
    public static byte[] Pairs(int count) => Encoding.UTF8.GetBytes(string.Concat(
        Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new
        {
            input = new { messages = new[] { new { role = "user", content = $"question {i}" } } },
            preferred_completion = new[] { new { role = "assistant", content = $"answer {i}" } },
            non_preferred_completion = new[] { new { role = "assistant", content = $"something else {i}" } },
        }) + "\n")));

    public static MultipartFormDataContent Form(byte[] content, string name = "data.jsonl", string purpose = "fine-tune") => new()
    {
        { new StringContent(purpose), "purpose" },
        { new ByteArrayContent(content), "file", name },
    };

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response, int status = 200)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    public static async Task<string> UploadAsync(HttpClient client, int count = 20, bool isPairs = false)
    {
        using MultipartFormDataContent form = Form(isPairs ? Pairs(count) : Chats(count));
        return (await JsonAsync(await client.PostAsync("/v1/files", form))).GetProperty("id").GetString()!;
    }

    public static async Task<JsonElement> StartAsync(HttpClient client, object body, int status = 200) =>
        await JsonAsync(await client.PostAsJsonAsync("/v1/fine_tuning/jobs", body), status);

    public static async Task<JsonElement> WaitAsync(HttpClient client, string path, Func<JsonElement, bool> until, int seconds = 180)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            JsonElement now = await JsonAsync(await client.GetAsync(path, limit.Token));
            if (until(now))
            {
                return now;
            }

            await Task.Delay(20, limit.Token);
        }
    }

    public static Task<JsonElement> WaitForJobAsync(HttpClient client, string id, string status = "succeeded") => WaitAsync(
        client, $"/v1/fine_tuning/jobs/{id}", job =>
        {
            string now = job.GetProperty("status").GetString()!;
            Assert.True(now == status || now is "queued" or "running" or "paused", job.ToString());
            return now == status;
        });

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        builder.ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(
            Settings.Append(new KeyValuePair<string, string?>("Ratchet:Data", Folder))));
        builder.UseSetting("Ratchet:Data", Folder);
        builder.ConfigureTestServices(services =>
        {
            services.RemoveAll<IAdapterServer>();
            services.AddSingleton<IAdapterServer>(Serving);
            if (IsReal)
            {
                return;
            }

            services.RemoveAll<IWorkerRunner>();
            services.AddSingleton<IWorkerRunner>(new InProcessWorkers(Engine));
            services.RemoveAll<IBaseModel>();
            services.AddSingleton<IBaseModel, FakeBaseModel>();
            services.RemoveAll<IDatasetReader>();
            services.AddSingleton<IDatasetReader, ChatLineReader>();
            More?.Invoke(services);
        });
    }
}
