using System.Net.Http.Json;
using System.Text.Json;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Jobs;

/// <summary>/v1/fine_tuning/jobs over the real queue and the real workers, with a fake engine (F128, F130, F143, F154).</summary>
public sealed class JobEndpointTests
{
    private const string Model = "smollm2-135m-instruct";

    [Fact]
    public async Task A_job_runs_to_a_model_that_is_loaded()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        string file = await TrainerHost.UploadAsync(client);

        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = file, suffix = "house", seed = 5, metadata = new { a = "b" } });
        JsonElement job = await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!);

        string id = job.GetProperty("id").GetString()!;
        string model = job.GetProperty("fine_tuned_model").GetString()!;
        Assert.StartsWith("ftjob-", id, StringComparison.Ordinal);
        Assert.Equal("fine_tuning.job", created.GetProperty("object").GetString());
        Assert.Equal("queued", created.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, created.GetProperty("fine_tuned_model").ValueKind);
        Assert.Equal(JsonValueKind.Null, created.GetProperty("error").ValueKind);
        Assert.Equal($"ft:{Model}:ratchet:house:{id}", model);
        Assert.Equal(5, job.GetProperty("seed").GetInt32());
        Assert.Equal("b", job.GetProperty("metadata").GetProperty("a").GetString());
        Assert.True(job.GetProperty("trained_tokens").GetInt64() > 0);
        Assert.Contains(model, host.Serving.Loaded);

        string result = job.GetProperty("result_files")[0].GetString()!;
        string csv = await client.GetStringAsync($"/v1/files/{result}/content");
        Assert.StartsWith("step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy", csv, StringComparison.Ordinal);
        Assert.Equal(15, csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1);

        JsonElement adapter = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/adapters/{Uri.EscapeDataString(model)}"));
        Assert.Equal(id, adapter.GetProperty("job").GetString());
        Assert.Equal(2, adapter.GetProperty("files").GetArrayLength());
        Assert.Equal(64, adapter.GetProperty("files")[0].GetProperty("sha256").GetString()!.Length);
        Assert.Equal(1, adapter.GetProperty("metrics").GetProperty("delta_norm").GetDouble());
        Assert.Equal("Q4_1", adapter.GetProperty("trained_on").GetString());
    }

    [Fact]
    public async Task Events_tell_the_whole_story_newest_first_and_as_a_stream()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client) });
        string id = created.GetProperty("id").GetString()!;

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/fine_tuning/jobs/{id}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        string stream = await response.Content.ReadAsStringAsync();
        await TrainerHost.WaitForJobAsync(client, id);
        JsonElement list = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=100"));

        string[] messages = [.. list.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("message").GetString()!)];
        Assert.Equal("The job has successfully completed", messages[0]);
        Assert.Equal($"Created fine-tuning job: {id}", messages[^1]);
        Assert.Contains(messages, m => m.StartsWith("Trainable parameters: 2,442,240 of", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("Memory: about 400 MB", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("Time: about", StringComparison.Ordinal));
        JsonElement metrics = list.GetProperty("data").EnumerateArray().First(e => e.GetProperty("type").GetString() == "metrics");
        Assert.Equal("fine_tuning.job.event", metrics.GetProperty("object").GetString());
        Assert.All(
            ["step", "train_loss", "learning_rate", "gradient_norm", "tokens_per_second", "eta_seconds", "verdict", "advice"],
            name => Assert.True(metrics.GetProperty("data").TryGetProperty(name, out _), name));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("data: [DONE]\n\n", stream, StringComparison.Ordinal);
        Assert.Equal(list.GetProperty("data").GetArrayLength(), stream.Split("data: {").Length - 1);

        JsonElement page = await TrainerHost.JsonAsync(
            await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=3&after={list.GetProperty("data")[1].GetProperty("id").GetString()}"));
        Assert.Equal(messages[2..5], page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("message").GetString()!));
        Assert.True(page.GetProperty("has_more").GetBoolean());
    }

    [Fact]
    public async Task Each_epoch_leaves_a_checkpoint_that_is_a_model()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client) });
        string id = created.GetProperty("id").GetString()!;
        await TrainerHost.WaitForJobAsync(client, id);

        JsonElement list = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/checkpoints"));

        Assert.Equal([15, 10, 5], list.GetProperty("data").EnumerateArray().Select(c => c.GetProperty("step_number").GetInt32()));
        JsonElement newest = list.GetProperty("data")[0];
        string model = newest.GetProperty("fine_tuned_model_checkpoint").GetString()!;
        Assert.EndsWith(":ckpt-step-15", model, StringComparison.Ordinal);
        Assert.True(newest.GetProperty("metrics").GetProperty("train_loss").GetDouble() > 0);
        Assert.Equal(newest.GetProperty("id").GetString(), list.GetProperty("first_id").GetString());
        await TrainerHost.JsonAsync(await client.GetAsync($"/v1/adapters/{Uri.EscapeDataString(model)}"));
    }

    [Theory]
    [InlineData("nothing", "file-x", "model_not_found", "model")]
    [InlineData(Model, "file-none", "file_not_found", "training_file")]
    public async Task What_a_job_names_must_exist(string model, string file, string code, string param)
    {
        using var host = new TrainerHost();

        JsonElement body = await TrainerHost.StartAsync(host.CreateClient(), new { model, training_file = file }, 400);

        Assert.Equal(code, body.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(param, body.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_pause_keeps_the_work_and_a_resume_goes_on()
    {
        // Steps for most of a minute: a pause comes long before they are done.
        const int Steps = 400;
        using var host = new TrainerHost { Engine = { StepTime = TimeSpan.FromMilliseconds(100) } };
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(
            client,
            new { model = Model, training_file = await TrainerHost.UploadAsync(client), x_ratchet = new { max_steps = Steps } });
        string id = created.GetProperty("id").GetString()!;
        await TrainerHost.WaitAsync(client, $"/v1/fine_tuning/jobs/{id}", j => j.GetProperty("x_ratchet").GetProperty("step").GetInt32() >= 3);

        JsonElement paused = await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{id}/pause", null));
        int step = (await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}"))).GetProperty("x_ratchet").GetProperty("step").GetInt32();
        host.Engine.StepTime = TimeSpan.Zero;
        JsonElement resumed = await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{id}/resume", null));
        await TrainerHost.WaitForJobAsync(client, id);
        string again = (await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{id}/pause", null), 400))
            .GetProperty("error").GetProperty("code").GetString()!;

        Assert.Equal("paused", paused.GetProperty("status").GetString());
        Assert.Equal("queued", resumed.GetProperty("status").GetString());
        Assert.InRange(step, 3, Steps - 1);
        Assert.Equal("invalid_job_status", again);
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=1000"));
        Assert.Contains(
            events.GetProperty("data").EnumerateArray(),
            e => e.GetProperty("message").GetString()!.StartsWith("Continuing from the checkpoint at step", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_job_stops_and_frees_the_queue()
    {
        using var host = new TrainerHost { Engine = { StepTime = TimeSpan.FromMilliseconds(50) } };
        using HttpClient client = host.CreateClient();
        string file = await TrainerHost.UploadAsync(client);
        string first = (await TrainerHost.StartAsync(client, new { model = Model, training_file = file, x_ratchet = new { max_steps = 1000 } })).GetProperty("id").GetString()!;
        string second = (await TrainerHost.StartAsync(client, new { model = Model, training_file = file, x_ratchet = new { max_steps = 2 } })).GetProperty("id").GetString()!;
        await TrainerHost.WaitAsync(client, $"/v1/fine_tuning/jobs/{first}", j => j.GetProperty("status").GetString() == "running");

        await TrainerHost.JsonAsync(await client.DeleteAsync($"/v1/files/{file}"), 409);
        JsonElement cancelled = await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{first}/cancel", null));
        await TrainerHost.WaitForJobAsync(client, second);

        Assert.Equal("cancelled", cancelled.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Number, cancelled.GetProperty("finished_at").ValueKind);
        await TrainerHost.JsonAsync(await client.PostAsync($"/v1/fine_tuning/jobs/{first}/resume", null), 400);
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_the_losses_are_those_of_an_undisturbed_run()
    {
        using var calm = new TrainerHost();
        using var rough = new TrainerHost { Engine = { StepTime = TimeSpan.FromMilliseconds(30) } };
        rough.Engine.DieAt.Enqueue(7);
        rough.Engine.DieAt.Enqueue(12);

        string[] undisturbed = await LossesAsync(calm, seed: 11);
        string[] disturbed = await LossesAsync(rough, seed: 11);

        Assert.Equal(15, undisturbed.Length);
        Assert.Equal(undisturbed, disturbed);
    }

    [Theory]
    [InlineData(true, null, false)]
    [InlineData(false, null, true)]
    [InlineData(false, false, false)]
    public async Task A_job_says_where_prefixes_are_not_shared_though_its_settings_have_it(bool canShare, bool? asked, bool isSaid)
    {
        using var host = new TrainerHost { Engine = { CanSharePrefixes = canShare } };
        using HttpClient client = host.CreateClient();

        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client), x_ratchet = new { max_steps = 2, prefix_sharing = asked } });
        string id = created.GetProperty("id").GetString()!;
        await TrainerHost.WaitForJobAsync(client, id);

        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=100"));
        Assert.Equal(
            isSaid ? 1 : 0,
            events.GetProperty("data").EnumerateArray().Count(e => e.GetProperty("message").GetString()!.StartsWith("prefix_sharing has no effect here: torch", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_job_goes_on_in_the_next_service()
    {
        var engine = new FakeEngineSettings { StepTime = TimeSpan.FromMilliseconds(50) };
        string folder, running, waiting;
        using (var host = new TrainerHost(engine: engine))
        {
            using HttpClient client = host.CreateClient();
            folder = host.Folder;
            string file = await TrainerHost.UploadAsync(client);
            running = (await TrainerHost.StartAsync(client, new { model = Model, training_file = file })).GetProperty("id").GetString()!;
            waiting = (await TrainerHost.StartAsync(client, new { model = Model, training_file = file })).GetProperty("id").GetString()!;
            await TrainerHost.WaitAsync(client, $"/v1/fine_tuning/jobs/{running}", j => j.GetProperty("x_ratchet").GetProperty("step").GetInt32() >= 4);
        }

        engine.StepTime = TimeSpan.Zero;
        using var next = new TrainerHost(folder, engine);
        using HttpClient again = next.CreateClient();
        await TrainerHost.WaitForJobAsync(again, running);
        await TrainerHost.WaitForJobAsync(again, waiting);
        JsonElement events = await TrainerHost.JsonAsync(await again.GetAsync($"/v1/fine_tuning/jobs/{running}/events?limit=100"));

        Assert.Equal(15, events.GetProperty("data").EnumerateArray().Count(e => e.GetProperty("type").GetString() == "metrics"));
    }

    [Fact]
    public async Task A_worker_that_only_dies_is_given_up()
    {
        using var host = new TrainerHost { Settings = { ["Trainer:Attempts"] = "1" } };
        host.Engine.DieAt.Enqueue(1);
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(client, new { model = Model, training_file = await TrainerHost.UploadAsync(client) });

        JsonElement job = await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!, "failed");

        Assert.Equal("worker_died", job.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("no_op_adapter", 0.0, 0.25, 1, "q_proj")]
    [InlineData("no_op_adapter", 1.0, 0.0, 1, "q_proj")]
    [InlineData("no_op_adapter", double.NaN, 0.25, 1, "q_proj")]
    [InlineData("insufficient_memory", 1.0, 0.25, 900, "q_proj")]
    [InlineData("invalid_value", 1.0, 0.25, 1, "nothing")]
    public async Task A_job_that_cannot_be_of_use_fails_with_its_reason(string code, double norm, double divergence, int memory, string module)
    {
        // F135: an adapter that changes nothing is not published.
        using var host = new TrainerHost { Settings = { ["Trainer:MemoryBytesMax"] = "500" } };
        host.Engine.DeltaNorm = norm;
        host.Engine.Divergence = divergence;
        host.Engine.MemoryBytes = memory;
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(
            client,
            new { model = Model, training_file = await TrainerHost.UploadAsync(client), x_ratchet = new { target_modules = new[] { module } } });

        JsonElement job = await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!, "failed");

        Assert.Equal(code, job.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, job.GetProperty("fine_tuned_model").ValueKind);
    }

    [Fact]
    public async Task A_repeated_request_with_one_key_makes_one_job()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        string file = await TrainerHost.UploadAsync(client);
        var ids = new List<string>();
        for (int i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/fine_tuning/jobs")
            {
                Content = JsonContent.Create(new { model = Model, training_file = file }),
            };
            request.Headers.Add("Idempotency-Key", "k1");
            ids.Add((await TrainerHost.JsonAsync(await client.SendAsync(request))).GetProperty("id").GetString()!);
        }

        JsonElement list = await TrainerHost.JsonAsync(await client.GetAsync("/v1/fine_tuning/jobs"));

        Assert.Equal(ids[0], ids[1]);
        Assert.Single(list.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Jobs_are_listed_by_metadata()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        string file = await TrainerHost.UploadAsync(client);
        await TrainerHost.StartAsync(client, new { model = Model, training_file = file, metadata = new { team = "a" } });
        await TrainerHost.StartAsync(client, new { model = Model, training_file = file });

        JsonElement some = await TrainerHost.JsonAsync(await client.GetAsync("/v1/fine_tuning/jobs?metadata[team]=a"));
        JsonElement all = await TrainerHost.JsonAsync(await client.GetAsync("/v1/fine_tuning/jobs?limit=1"));
        await TrainerHost.JsonAsync(await client.GetAsync("/v1/fine_tuning/jobs/ftjob-none"), 404);

        Assert.Single(some.GetProperty("data").EnumerateArray());
        Assert.True(all.GetProperty("has_more").GetBoolean());
    }

    private static async Task<string[]> LossesAsync(TrainerHost host, int seed)
    {
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client), seed });
        string id = created.GetProperty("id").GetString()!;
        await TrainerHost.WaitForJobAsync(client, id);
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=200"));
        Assert.DoesNotContain(events.GetProperty("data").EnumerateArray(), e => e.GetProperty("message").GetString()!.Contains("did not continue", StringComparison.Ordinal));
        return
        [
            .. events.GetProperty("data").EnumerateArray().Where(e => e.GetProperty("type").GetString() == "metrics").Reverse()
                .Select(e => e.GetProperty("data").GetProperty("step").GetRawText() + " " + e.GetProperty("data").GetProperty("train_loss").GetRawText()),
        ];
    }
}
