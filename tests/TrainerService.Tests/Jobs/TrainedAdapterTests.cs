using System.Text.Json;
using Ratchet.Contracts.Trainer;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Jobs;

/// <summary>Which step is published, which checkpoints stay, and what a job says of its adapter (F71, F72, F77, F135).</summary>
public sealed class TrainedAdapterTests
{
    private const string Model = "smollm2-135m-instruct";

    [Fact]
    public async Task A_finished_job_tells_norm_divergence_and_losses_of_its_adapter()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        JsonElement job = await FinishAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client, 40) });

        JsonElement metrics = job.GetProperty("x_ratchet").GetProperty("metrics");
        Assert.Equal(0.25, metrics.GetProperty("kl_to_base").GetDouble());
        Assert.Equal(1, metrics.GetProperty("delta_norm").GetDouble());
        Assert.Equal(3, metrics.GetProperty("loss_before").GetDouble());
        Assert.True(metrics.GetProperty("loss_after").GetDouble() < 3);
        Assert.Equal(20, host.Engine.DivergencePromptCount);
        Assert.Equal(0.25, host.Get<AdapterStore>().Get(job.GetProperty("fine_tuned_model").GetString()!).Metrics["kl_to_base"]);
        JsonElement told = (await EventsAsync(client, job)).Single(e => Message(e).StartsWith("Weights changed", StringComparison.Ordinal));
        Assert.Contains("20 of the job's own prompts", Message(told), StringComparison.Ordinal);
        Assert.Equal(20, told.GetProperty("data").GetProperty("kl_prompts").GetInt32());
    }

    // F6, F45
    [Theory]
    [InlineData("nf4", true, "NF4 with double quantisation, from Q4_1")]
    [InlineData("nf4", false, "NF4, from Q4_1")]
    public async Task An_adapter_says_what_its_base_was_in_training(string quantization, bool isDouble, string said)
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();

        JsonElement job = await FinishAsync(client, new
        {
            model = Model,
            training_file = await TrainerHost.UploadAsync(client),
            x_ratchet = new { quantization, double_quantization = isDouble },
        });

        Assert.Equal("qlora", job.GetProperty("x_ratchet").GetProperty("settings").GetProperty("tuning").GetString());
        Assert.Equal(said, host.Get<AdapterStore>().Get(job.GetProperty("fine_tuned_model").GetString()!).TrainedOn);
        JsonElement told = (await EventsAsync(client, job)).Single(e => Message(e).StartsWith("The base's linear weights are NF4", StringComparison.Ordinal));
        Assert.Equal((50, 80), (told.GetProperty("data").GetProperty("weight_bytes").GetInt64(), told.GetProperty("data").GetProperty("stored_weight_bytes").GetInt64()));
    }

    [Fact]
    public async Task With_a_validation_file_the_step_with_the_lowest_loss_is_published()
    {
        using var host = new TrainerHost { Engine = { EvaluatedLoss = Valley } };
        using HttpClient client = host.CreateClient();

        JsonElement job = await FinishAsync(client, await ValidatedAsync(client, new { max_steps = 20, eval_every_steps = 2, seed = 7 }));

        Assert.Equal("7 8", Published(host, job));
        JsonElement metrics = job.GetProperty("x_ratchet").GetProperty("metrics");
        Assert.Equal((8, 20, 8), (Int(metrics, "best_step"), Int(metrics, "steps"), Int(metrics, "published_step")));
        Assert.Contains(await EventsAsync(client, job), e => Message(e).StartsWith("The adapter of step 8 is published", StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(JobFolderOf(host, job), "best-*"));
    }

    [Fact]
    public async Task The_last_step_is_published_where_that_is_asked_for()
    {
        using var host = new TrainerHost { Engine = { EvaluatedLoss = Valley } };
        using HttpClient client = host.CreateClient();

        JsonElement job = await FinishAsync(
            client, await ValidatedAsync(client, new { max_steps = 20, eval_every_steps = 2, seed = 7, load_best = false }));

        Assert.Equal("7 20", Published(host, job));
    }

    [Fact]
    public async Task Training_ends_when_validations_bring_no_improvement()
    {
        using var host = new TrainerHost { Engine = { EvaluatedLoss = Valley } };
        using HttpClient client = host.CreateClient();

        JsonElement job = await FinishAsync(client, await ValidatedAsync(
            client, new { max_steps = 40, eval_every_steps = 2, seed = 7, early_stopping_patience = 3, early_stopping_min_delta = 0.01 }));

        Assert.Equal("7 8", Published(host, job));
        Assert.Equal(14, Int(job.GetProperty("x_ratchet").GetProperty("metrics"), "steps"));
        Assert.Equal(14, job.GetProperty("x_ratchet").GetProperty("step").GetInt32());
        Assert.Contains(await EventsAsync(client, job), e => Message(e).StartsWith("Stopped early at step 14 of 40", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_killed_worker_knows_the_best_step_and_the_waiting_of_the_one_before()
    {
        using var host = new TrainerHost { Engine = { EvaluatedLoss = Valley, StepTime = TimeSpan.FromMilliseconds(60) } };
        host.Engine.DieAt.Enqueue(12);
        using HttpClient client = host.CreateClient();

        JsonElement job = await FinishAsync(
            client, await ValidatedAsync(client, new { max_steps = 40, eval_every_steps = 2, seed = 7, early_stopping_patience = 3 }));

        Assert.Equal("7 8", Published(host, job));
        Assert.Equal(14, Int(job.GetProperty("x_ratchet").GetProperty("metrics"), "steps"));
        Assert.Contains(await EventsAsync(client, job), e => Message(e).StartsWith("The worker died", StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(JobFolderOf(host, job), "checkpoint-*"));
    }

    [Fact]
    public async Task Old_checkpoints_go_but_neither_the_best_nor_the_last()
    {
        using var host = new TrainerHost { Engine = { EvaluatedLoss = Valley } };
        using HttpClient client = host.CreateClient();

        JsonElement job = await FinishAsync(client, await ValidatedAsync(
            client, new { max_steps = 20, eval_every_steps = 2, save_every_steps = 2, keep_checkpoints = 3 }));

        JsonElement list = await TrainerHost.JsonAsync(
            await client.GetAsync($"/v1/fine_tuning/jobs/{job.GetProperty("id").GetString()}/checkpoints"));
        Assert.Equal([20, 18, 8], list.GetProperty("data").EnumerateArray().Select(c => c.GetProperty("step_number").GetInt32()));
        AdapterRecord[] kept = [.. host.Get<AdapterStore>().List().Where(a => a.CheckpointStep is not null)];
        Assert.Equal([20, 18, 8], kept.Select(a => a.CheckpointStep!.Value));
        Assert.All(kept, adapter => Assert.True(Directory.Exists(adapter.Path)));
        Assert.Equal(4, Directory.GetDirectories(Path.Combine(host.Folder, "trainer", "adapters")).Length);
    }

    [Theory]
    [InlineData(1, new[] { 6, 2 })]
    [InlineData(2, new[] { 6, 2 })]
    [InlineData(3, new[] { 6, 5, 2 })]
    [InlineData(9, new[] { 6, 5, 4, 3, 2, 1 })]
    public void What_stays_is_the_last_the_best_and_then_the_newest(int keep, int[] staying)
    {
        JobCheckpoint[] all = [.. Enumerable.Range(1, 6).Select(step => Checkpoint(step, Math.Abs(step - 2)))];

        IReadOnlyList<JobCheckpoint> dropped = CheckpointRetention.ToDrop(all, keep);

        Assert.Equal(staying, all.Except(dropped).Select(c => c.Step).OrderDescending());
        JobCheckpoint[] unvalidated = [.. Enumerable.Range(1, 6).Select(step => Checkpoint(step, null))];
        Assert.Equal(6 - Math.Min(6, keep), CheckpointRetention.ToDrop(unvalidated, keep).Count);
    }

    [Theory]
    [InlineData("early_stopping_patience", "3", "validation_file")]
    [InlineData("load_best", "true", "validation_file")]
    [InlineData("early_stopping_patience", "0", "from 1 to 1000")]
    [InlineData("bias", "\"all\"", "send 'none'")]
    public async Task What_cannot_be_done_is_refused_by_name(string name, string value, string needed)
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        string file = await TrainerHost.UploadAsync(client);
        var extras = new Dictionary<string, object?> { [name] = JsonElement.Parse(value) };

        JsonElement body = await TrainerHost.StartAsync(client, new { model = Model, training_file = file, x_ratchet = extras }, 400);

        Assert.Equal($"x_ratchet.{name}", body.GetProperty("error").GetProperty("param").GetString());
        Assert.Contains(needed, body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    // Lowest at step 8.
    private static double Valley(int step) => 1 + (0.05 * Math.Abs(step - 8));

    private static JobCheckpoint Checkpoint(int step, double? loss) => new(
        step, $"c{step}", "job", 1, $"m{step}", step, JsonSerializer.SerializeToElement(loss is null ? (object)new { } : new { valid_loss = loss }));

    private static async Task<object> ValidatedAsync(HttpClient client, object extras) => new
    {
        model = Model,
        training_file = await TrainerHost.UploadAsync(client),
        validation_file = await TrainerHost.UploadAsync(client, 12),
        x_ratchet = extras,
    };

    private static async Task<JsonElement> FinishAsync(HttpClient client, object request)
    {
        JsonElement created = await TrainerHost.StartAsync(client, request);
        return await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!);
    }

    private static async Task<JsonElement[]> EventsAsync(HttpClient client, JsonElement job)
    {
        JsonElement events = await TrainerHost.JsonAsync(
            await client.GetAsync($"/v1/fine_tuning/jobs/{job.GetProperty("id").GetString()}/events?limit=1000"));
        return [.. events.GetProperty("data").EnumerateArray()];
    }

    private static string Message(JsonElement item) => item.GetProperty("message").GetString()!;

    private static int Int(JsonElement metrics, string name) => (int)metrics.GetProperty(name).GetDouble();

    private static string JobFolderOf(TrainerHost host, JsonElement job) =>
        Path.Combine(host.Folder, "trainer", "jobs", job.GetProperty("id").GetString()!);

    // The fake writes seed and step into what it publishes.
    private static string Published(TrainerHost host, JsonElement job) => File.ReadAllText(Path.Combine(
        host.Get<AdapterStore>().Get(job.GetProperty("fine_tuned_model").GetString()!).Path, "adapter_model.safetensors"));
}
