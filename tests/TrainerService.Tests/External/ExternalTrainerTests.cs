using System.Diagnostics;
using System.Text.Json;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.External;

/// <summary>Jobs of a trainer outside, over the real queue, real keepers and a program that speaks LLaMA-Factory's formats (F47, F52).</summary>
public sealed class ExternalTrainerTests
{
    [Theory]
    [InlineData("ok")]
    [InlineData("quoted")]
    [InlineData("no-log")]
    [InlineData("garbage")]
    public async Task What_a_trainer_outside_makes_becomes_a_model(string fake)
    {
        using TrainerHost host = ExternalHost.Create(fake);
        using HttpClient client = host.CreateClient();

        JsonElement job = await RunAsync(client);

        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        string model = job.GetProperty("fine_tuned_model").GetString()!;
        Assert.Contains(model, host.Serving.Loaded);
        JsonElement adapter = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/adapters/{Uri.EscapeDataString(model)}"));
        Assert.Equal(4, adapter.GetProperty("rank").GetInt32());
        Assert.True(adapter.GetProperty("metrics").GetProperty("delta_norm").GetDouble() > 0);
        List<JsonElement> events = await EventsAsync(client, job);
        List<JsonElement> metrics = [.. events.Where(e => e.GetProperty("type").GetString() == "metrics").Select(e => e.GetProperty("data"))];
        Assert.Equal([1, 2, 3, 4, 5, 6], metrics.Select(m => m.GetProperty("step").GetInt32()));
        if (fake != "garbage")
        {
            // In a flood the printed row may come too late for its twin.
            Assert.All(metrics, m => Assert.Equal(0.75, m.GetProperty("gradient_norm").GetDouble()));
        }

        Assert.Equal(3.0 / 1.2, metrics[0].GetProperty("train_loss").GetDouble(), 1e-3);
        Assert.Equal(6, metrics[0].GetProperty("total_steps").GetInt32());
        string[] messages = [.. events.Select(e => e.GetProperty("message").GetString()!)];
        Assert.Contains(messages, m => m.Contains("Process rank: 0", StringComparison.Ordinal));
        Assert.DoesNotContain(messages, m => m.Contains("1.00s/it", StringComparison.Ordinal));
        Assert.InRange(events.Count, 10, 120);
    }

    [Theory]
    [InlineData("""{"layers_to_transform":[0,1]}""", "x_ratchet.layers_to_transform", "has no argument for it")]
    [InlineData("""{"rank_pattern":{"q_proj":8}}""", "x_ratchet.rank_pattern", "Trainer:Runner 'process'")]
    [InlineData("""{"alpha":8.5}""", "x_ratchet.alpha", "is a whole number")]
    public async Task What_the_trainer_outside_cannot_be_told_is_refused_where_the_job_is_made(string extras, string param, string words)
    {
        using TrainerHost host = ExternalHost.Create("ok");
        using HttpClient client = host.CreateClient();
        string file = await TrainerHost.UploadAsync(client);

        JsonElement refused = await TrainerHost.StartAsync(
            client, new { model = ExternalHost.Model, training_file = file, x_ratchet = JsonElement.Parse(extras) }, status: 400);

        JsonElement error = refused.GetProperty("error");
        Assert.Equal(("not_exportable", param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        JsonElement jobs = await TrainerHost.JsonAsync(await client.GetAsync("/v1/fine_tuning/jobs"));
        Assert.Equal(0, jobs.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("crash", "trainer_failed", "CUDA out of memory")]
    [InlineData("no-adapter", "no_adapter", "wrote no adapter_config.json")]
    [InlineData("wrong-shapes", "adapter_not_usable", "needed is [4, 576]")]
    [InlineData("nan-weights", "adapter_not_usable", "NaN")]
    [InlineData("no-op", "no_op_adapter", "changes nothing")]
    [InlineData("wrong-base", "base_mismatch", "someone/else")]
    [InlineData("wrong-rank", "adapter_mismatch", "rank 5")]
    [InlineData("nan-loss", "diverged", "step 3")]
    public async Task What_is_wrong_is_told_and_nothing_is_published(string fake, string code, string words)
    {
        using TrainerHost host = ExternalHost.Create(fake);
        using HttpClient client = host.CreateClient();

        JsonElement job = await RunAsync(client);

        Assert.Equal("failed", job.GetProperty("status").GetString());
        Assert.Equal(code, job.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains(words, job.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(host.Serving.Loaded);
        JsonElement adapters = await TrainerHost.JsonAsync(await client.GetAsync("/v1/adapters"));
        Assert.Equal(0, adapters.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_trainer_that_dies_on_its_way_resumes_from_its_checkpoint()
    {
        using TrainerHost host = ExternalHost.Create("die-at-5");
        using HttpClient client = host.CreateClient();

        JsonElement job = await RunAsync(client);

        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        string[] messages = [.. (await EventsAsync(client, job)).Select(e => e.GetProperty("message").GetString()!)];
        Assert.Contains(messages, m => m.Contains("NCCL communicator was aborted", StringComparison.Ordinal));
        Assert.Contains("The trainer goes on from its checkpoint at step 4 of 6.", messages);
        Assert.Equal(6, job.GetProperty("x_ratchet").GetProperty("step").GetInt32());
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        using TrainerHost host = ExternalHost.Create("ok", null, ("Trainer:External:Command:0", "no-such-trainer"));
        using HttpClient client = host.CreateClient();

        JsonElement job = await RunAsync(client);

        Assert.Equal("trainer_not_found", job.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("no-such-trainer", job.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_trainer_is_ended_though_it_hears_nothing()
    {
        using TrainerHost host = ExternalHost.Create("hang", null, ("Trainer:External:SilenceMax", "00:00:03"));
        using HttpClient client = host.CreateClient();

        JsonElement job = await RunAsync(client);

        Assert.Equal("trainer_silent", job.GetProperty("error").GetProperty("code").GetString());
        await GoneAsync(job);
    }

    [Fact]
    public async Task A_cancelled_job_ends_its_trainer()
    {
        using TrainerHost host = ExternalHost.Create("hang", null, ("Trainer:External:StopPatience", "00:00:01"));
        using HttpClient client = host.CreateClient();
        JsonElement created = await StartAsync(client);
        string id = created.GetProperty("id").GetString()!;
        await UntilAsync(() => Running(id).Count > 0);

        await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{id}/cancel", null));

        await GoneAsync(created);
        JsonElement job = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}"));
        Assert.Equal("cancelled", job.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_paused_job_leaves_and_goes_on_from_its_checkpoint_when_resumed()
    {
        using var gate = new StepGate(step: 4);
        using TrainerHost host = ExternalHost.Create("ok", null, gate.Settings);
        using HttpClient client = host.CreateClient();
        JsonElement created = await StartAsync(client);
        string id = created.GetProperty("id").GetString()!;
        await StepAsync(client, id, 3);

        await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{id}/pause", null));
        await GoneAsync(created);
        gate.Open();
        JsonElement paused = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}"));
        await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{id}/resume", null));
        JsonElement job = await EndAsync(client, id);

        Assert.Equal("paused", paused.GetProperty("status").GetString());
        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        Assert.Contains(
            await EventsAsync(client, job),
            e => e.GetProperty("message").GetString()!.StartsWith("The trainer goes on from its checkpoint at step", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_training_goes_on_while_the_service_restarts_and_is_found_again()
    {
        string id;
        string folder;
        using var gate = new StepGate(step: 3);
        using (TrainerHost first = ExternalHost.Create("ok", null, gate.Settings))
        {
            folder = first.Folder;
            using HttpClient client = first.CreateClient();
            id = (await StartAsync(client)).GetProperty("id").GetString()!;
            await StepAsync(client, id, 1);
        }

        int[] trainers = [.. Running(id)];
        Assert.NotEmpty(trainers);
        using TrainerHost second = ExternalHost.Create("ok", folder);
        using HttpClient again = second.CreateClient();
        gate.Open();
        JsonElement job = await EndAsync(again, id);

        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        List<JsonElement> events = await EventsAsync(again, job);
        Assert.Single(events, e => e.GetProperty("message").GetString()!.StartsWith("Starting the trainer:", StringComparison.Ordinal));
        Assert.Equal(6, events.Count(e => e.GetProperty("type").GetString() == "metrics"));
    }

    [Fact]
    public async Task A_trainer_whose_keeper_is_killed_is_ended_before_another_begins()
    {
        using var gate = new StepGate(step: 4);
        using TrainerHost host = ExternalHost.Create("ok", null, gate.Settings);
        using HttpClient client = host.CreateClient();
        string id = (await StartAsync(client)).GetProperty("id").GetString()!;
        await StepAsync(client, id, 3);
        int[] before = [.. Running(id)];
        Assert.NotEmpty(before);
        using (var keeper = Process.GetProcessById(Keeper(host, id)))
        {
            keeper.Kill();
        }

        // Nobody has let it go on: it ends because it is ended, or never.
        await UntilAsync(() => !before.Intersect(Running(id)).Any());
        gate.Open();
        JsonElement job = await EndAsync(client, id);

        Assert.True(job.GetProperty("status").GetString() == "succeeded", job.ToString());
        Assert.Contains(
            await EventsAsync(client, job),
            e => e.GetProperty("message").GetString()!.StartsWith("The worker died", StringComparison.Ordinal));
    }

    private static async Task<JsonElement> StartAsync(HttpClient client) =>
        await TrainerHost.StartAsync(client, ExternalHost.Job(await TrainerHost.UploadAsync(client, 12)));

    private static async Task<JsonElement> RunAsync(HttpClient client) =>
        await EndAsync(client, (await StartAsync(client)).GetProperty("id").GetString()!);

    private static Task<JsonElement> EndAsync(HttpClient client, string id) => TrainerHost.WaitAsync(
        client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("status").GetString() is "succeeded" or "failed", 300);

    private static Task<JsonElement> StepAsync(HttpClient client, string id, int step) => TrainerHost.WaitAsync(
        client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("x_ratchet").GetProperty("step").GetInt32() >= step, 300);

    private static async Task<List<JsonElement>> EventsAsync(HttpClient client, JsonElement job)
    {
        JsonElement list = await TrainerHost.JsonAsync(
            await client.GetAsync($"/v1/fine_tuning/jobs/{job.GetProperty("id").GetString()}/events?limit=1000"));
        return [.. list.GetProperty("data").EnumerateArray().Reverse()];
    }

    private static int Keeper(TrainerHost host, string id) => JsonElement.Parse(
        File.ReadAllText(new JobFolder(Path.Combine(host.Folder, "trainer", "jobs", id)).Keeper)).GetProperty("process_id").GetInt32();

    private static Task GoneAsync(JsonElement job) => UntilAsync(() => Running(job.GetProperty("id").GetString()!).Count == 0);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!condition())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    // The trainers of a job: their command line names the job's configuration file.
    private static List<int> Running(string id) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(f => Path.GetFileName(f)).Where(f => int.TryParse(f, out _))
            .Select(f => int.Parse(f, null)).Where(process => Command(process) is { } command
                && command.Contains(id, StringComparison.Ordinal) && command.Contains("train.yaml", StringComparison.Ordinal)),
    ];

    private static string? Command(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
