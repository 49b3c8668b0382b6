using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Worker;

/// <summary>Real training of the bundled model in real worker processes, which are killed (F130, F143).</summary>
public sealed class WorkerProcessTests
{
    private const string Model = "smollm2-135m-instruct";

    // Enough that the kill comes long before the last.
    private const int Steps = 24;

    // On a machine that does much else; nothing is measured by it.
    private const int WaitSecondsMax = 900;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"quantization":"nf4"}""")]
    [InlineData("""{"objective":"dpo","beta":0.3}""")]
    [InlineData("""{"tuning":"freeze","trainable_layers":1}""")]
    public async Task A_worker_killed_in_the_middle_is_replaced_and_the_losses_are_the_same(string method)
    {
        string[] calm = await LossesAsync(method, kill: false);
        string[] rough = await LossesAsync(method, kill: true);

        Assert.Equal(Steps, calm.Length);
        Assert.Equal(calm, rough);
    }

    private static async Task<string[]> LossesAsync(string method, bool kill)
    {
        JsonObject extras = JsonNode.Parse(method)!.AsObject();
        (extras["batch_size"], extras["max_steps"], extras["learning_rate"]) = (2, Steps, 1e-3);
        if (extras["tuning"] is null)
        {
            extras["rank"] = 4;
        }

        using var host = new TrainerHost { IsReal = true };
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(client, new
        {
            model = Model,
            training_file = await TrainerHost.UploadAsync(client, 12, isPairs: extras["objective"] is not null),
            seed = 4,
            x_ratchet = extras,
        });
        string id = created.GetProperty("id").GetString()!;
        if (kill)
        {
            await TrainerHost.WaitAsync(
                client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("x_ratchet").GetProperty("step").GetInt32() >= 3, WaitSecondsMax);
            Kill(id);
        }

        JsonElement job = await TrainerHost.WaitAsync(
            client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("status").GetString() is "succeeded" or "failed", WaitSecondsMax);
        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=200"));
        string[] messages = [.. events.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("message").GetString()!)];
        Assert.Equal(kill, messages.Any(m => m.StartsWith("The worker died", StringComparison.Ordinal)));
        Assert.DoesNotContain(messages, m => m.Contains("did not continue", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("Weights changed by", StringComparison.Ordinal));
        return
        [
            .. events.GetProperty("data").EnumerateArray().Where(e => e.GetProperty("type").GetString() == "metrics").Reverse()
                .Select(e => e.GetProperty("data").GetProperty("step").GetRawText() + " "
                    + e.GetProperty("data").GetProperty("train_loss").GetRawText()),
        ];
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
}
