using System.Text.Json;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Jobs;

/// <summary>Jobs that move the base's own weights end in a model, and in no adapter (F2, F8, F42).</summary>
public sealed class ModelJobTests
{
    private const string Model = "smollm2-135m-instruct";

    [Theory]
    [InlineData("full")]
    [InlineData("freeze")]
    public async Task The_model_is_there_with_its_files_and_nothing_is_registered_or_served(string tuning)
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();

        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client), seed = 5, x_ratchet = new { tuning, max_steps = 6 } });
        string id = created.GetProperty("id").GetString()!;
        JsonElement job = await TrainerHost.WaitForJobAsync(client, id);

        Assert.Equal(JsonValueKind.Null, job.GetProperty("fine_tuned_model").ValueKind);
        JsonElement model = job.GetProperty("x_ratchet").GetProperty("model");
        string path = model.GetProperty("base").GetString()!;
        Assert.Equal("5 6", File.ReadAllText(path));
        JsonElement file = model.GetProperty("files")[0];
        Assert.Equal(("model.gguf", 3, 64), (
            file.GetProperty("name").GetString(), file.GetProperty("bytes").GetInt64(), file.GetProperty("sha256").GetString()!.Length));
        Assert.Empty(host.Get<AdapterStore>().List());
        Assert.Empty(host.Serving.Loaded);
        JsonElement metrics = job.GetProperty("x_ratchet").GetProperty("metrics");
        Assert.Equal(1, metrics.GetProperty("delta_norm").GetDouble());
        Assert.False(metrics.TryGetProperty("kl_to_base", out _));
        JsonElement checkpoints = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/checkpoints"));
        Assert.Empty(checkpoints.GetProperty("data").EnumerateArray());
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=100"));
        Assert.Contains(events.GetProperty("data").EnumerateArray(), e => e.GetProperty("message").GetString()!.StartsWith("New model created, and no adapter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_the_model_is_that_of_the_last_step()
    {
        using var host = new TrainerHost { Engine = { StepTime = TimeSpan.FromMilliseconds(30) } };
        host.Engine.DieAt.Enqueue(7);
        using HttpClient client = host.CreateClient();

        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client), seed = 5, x_ratchet = new { tuning = "full", max_steps = 9 } });
        JsonElement job = await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!);

        Assert.Equal("5 9", File.ReadAllText(job.GetProperty("x_ratchet").GetProperty("model").GetProperty("base").GetString()!));
    }

    [Fact]
    public async Task What_does_not_fit_into_memory_is_refused_with_numbers()
    {
        using var host = new TrainerHost { Settings = { ["Trainer:MemoryBytesMax"] = "1073741824" } };
        host.Engine.MemoryBytes = 3L << 30;
        using HttpClient client = host.CreateClient();

        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client), x_ratchet = new { tuning = "full" } });
        JsonElement job = await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!, "failed");

        JsonElement error = job.GetProperty("error");
        Assert.Equal("insufficient_memory", error.GetProperty("code").GetString());
        Assert.Contains("about 3,072 MB, and 1,024 MB are there. 2,442,240 weights learn", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("full", "training.tuning")]
    [InlineData("freeze", "training.tuning")]
    public async Task A_cycle_makes_adapters(string tuning, string param)
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        using var content = new StringContent(
            JsonSerializer.Serialize(new { collection = "house", training = new { tuning } }), System.Text.Encoding.UTF8, "application/json");

        JsonElement body = await TrainerHost.JsonAsync(await client.PostAsync("/v1/cycles", content), 400);

        Assert.Equal(param, body.GetProperty("error").GetProperty("param").GetString());
    }
}
