using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.TestKit;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Worker;

/// <summary>Real training in real worker processes, which are killed: all methods go on to the same bits (F130, F143).</summary>
public sealed class WorkerProcessTests
{
    private const string Bundled = "smollm2-135m-instruct";

    // Enough that the kill comes long before the last: a step of the bundled model takes a hundred times as long as one of a tiny folder.
    private const int Steps = 24;
    private const int TinySteps = 2_400;
    private const int LossesTold = 24;

    // On a machine that does much else; nothing is measured by it.
    private const int WaitSecondsMax = 900;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"quantization":"nf4"}""")]
    [InlineData("""{"objective":"dpo","beta":0.3}""")]
    [InlineData("""{"tuning":"freeze","trainable_layers":1}""")]
    [InlineData("""{"tuning":"full"}""", true)]
    public async Task A_worker_killed_in_the_middle_is_replaced_and_the_result_is_the_same(string method, bool isTiny = false)
    {
        string folder = isTiny ? TinyFolder.Make() : "";
        Result calm = await RunAsync(method, folder, kill: false);
        Result rough = await RunAsync(method, folder, kill: true);

        Assert.Equal(LossesTold, calm.Losses.Length);
        Assert.Equal(calm.Losses, rough.Losses);
        Assert.NotEmpty(calm.Files);
        Assert.Equal(calm.Files, rough.Files);
    }

    private static async Task<Result> RunAsync(string method, string folder, bool kill)
    {
        JsonObject extras = JsonNode.Parse(method)!.AsObject();
        bool isTiny = folder.Length > 0;
        int steps = isTiny ? TinySteps : Steps;
        (extras["batch_size"], extras["max_steps"], extras["learning_rate"], extras["log_every_steps"]) = (2, steps, isTiny ? 1e-4 : 1e-3, steps / LossesTold);
        if (extras["tuning"] is null)
        {
            extras["rank"] = 4;
        }

        using var host = new TrainerHost { IsReal = true };
        if (isTiny)
        {
            host.Settings["Model:Base"] = folder;
        }

        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(client, new
        {
            model = isTiny ? Path.GetFileName(folder) : Bundled,
            training_file = await TrainerHost.UploadAsync(client, 12, isPairs: extras["objective"] is not null),
            seed = 4,
            suffix = "same",
            x_ratchet = extras,
        });
        string id = created.GetProperty("id").GetString()!;
        if (kill)
        {
            // Past the first checkpoint, which a tenth of a second of training brings.
            await TrainerHost.WaitAsync(
                client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("x_ratchet").GetProperty("step").GetInt32() >= steps / 8, WaitSecondsMax);
            Kill(id);
        }

        JsonElement job = await TrainerHost.WaitAsync(
            client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("status").GetString() is "succeeded" or "failed", WaitSecondsMax);
        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=200"));
        string[] messages = [.. events.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("message").GetString()!)];
        Assert.Equal(kill, messages.Any(m => m.StartsWith("The worker died", StringComparison.Ordinal)));
        Assert.Equal(kill, messages.Any(m => m.StartsWith("Continuing from the checkpoint", StringComparison.Ordinal)));
        Assert.DoesNotContain(messages, m => m.Contains("did not continue", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("Weights changed by", StringComparison.Ordinal));
        string[] losses =
        [
            .. events.GetProperty("data").EnumerateArray().Where(e => e.GetProperty("type").GetString() == "metrics").Reverse()
                .Select(e => e.GetProperty("data").GetProperty("step").GetRawText() + " "
                    + e.GetProperty("data").GetProperty("train_loss").GetRawText()),
        ];
        return new Result(losses, Weights(host, job));
    }

    /// <summary>SHA-256 of each file of weights: of the published adapter, or of the model that a job without adapter ends in.</summary>
    private static string[] Weights(TrainerHost host, JsonElement job)
    {
        IEnumerable<(string Name, string Hash)> files = job.GetProperty("fine_tuned_model").GetString() is { } adapter
            ? host.Get<AdapterStore>().Get(adapter).Files.Select(file => (file.Name, file.Sha256))
            : job.GetProperty("x_ratchet").GetProperty("model").GetProperty("files").EnumerateArray()
                .Select(file => (file.GetProperty("name").GetString()!, file.GetProperty("sha256").GetString()!));
        return [.. files.Where(file => Path.GetExtension(file.Name) is ".safetensors" or ".gguf").Select(file => $"{file.Name} {file.Hash}")];
    }

    private static void Kill(string job)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(f => int.TryParse(Path.GetFileName(f), out _)))
        {
            string command;
            try
            {
                command = File.ReadAllText(Path.Combine(folder, "cmdline"));
            }
            catch (IOException)
            {
                continue;
            }

            if (command.Contains("worker\0job\0", StringComparison.Ordinal) && command.Contains(job, StringComparison.Ordinal))
            {
                using var process = Process.GetProcessById(int.Parse(Path.GetFileName(folder), null));
                process.Kill();
                return;
            }
        }

        Assert.Fail("There is no worker to kill.");
    }

    /// <summary>What a job came to.</summary>
    private sealed record Result(string[] Losses, string[] Files);
}
