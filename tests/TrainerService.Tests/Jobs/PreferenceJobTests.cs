using System.Text.Json;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Jobs;

/// <summary>Jobs that learn from pairs of answers (DPO): data, settings, what is told, what comes out (F122).</summary>
public sealed class PreferenceJobTests
{
    private const string Model = "smollm2-135m-instruct";

    [Fact]
    public async Task Pairs_make_an_adapter_and_every_step_tells_margin_and_accuracy()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();

        JsonElement created = await TrainerHost.StartAsync(client, new
        {
            model = Model,
            training_file = await TrainerHost.UploadAsync(client, 20, isPairs: true),
            validation_file = await TrainerHost.UploadAsync(client, 12, isPairs: true),
            method = new { type = "dpo", dpo = new { hyperparameters = new { beta = 0.3, n_epochs = 2 } } },
        });
        string id = created.GetProperty("id").GetString()!;
        JsonElement job = await TrainerHost.WaitForJobAsync(client, id);

        JsonElement method = job.GetProperty("method");
        Assert.Equal("dpo", method.GetProperty("type").GetString());
        Assert.Equal(0.3, method.GetProperty("dpo").GetProperty("hyperparameters").GetProperty("beta").GetDouble());
        Assert.False(method.TryGetProperty("supervised", out _));
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=1000"));
        JsonElement[] steps = [.. events.GetProperty("data").EnumerateArray().Where(e => e.GetProperty("type").GetString() == "metrics")];
        Assert.Equal(10, steps.Length);
        Assert.All(steps, step => Assert.Equal(0.75, step.GetProperty("data").GetProperty("reward_accuracy").GetDouble()));
        Assert.Equal(2, steps[0].GetProperty("data").GetProperty("reward_margin").GetDouble(), 1e-9);
        Assert.Equal(2, steps.Count(step => step.GetProperty("data").TryGetProperty("valid_reward_margin", out _)));
        Assert.Contains(
            events.GetProperty("data").EnumerateArray(),
            e => e.GetProperty("message").GetString()!.StartsWith("Of 12 validation pairs the preferred answer gained more in 75 %", StringComparison.Ordinal));
        JsonElement metrics = job.GetProperty("x_ratchet").GetProperty("metrics");
        Assert.Equal(0.75, metrics.GetProperty("reward_accuracy").GetDouble());
        Assert.Equal(2, metrics.GetProperty("reward_margin").GetDouble(), 1e-9);
        string model = job.GetProperty("fine_tuned_model").GetString()!;
        Assert.Equal(2, host.Get<AdapterStore>().Get(model).Metrics["reward_margin"], 1e-9);
        Assert.Contains(model, host.Serving.Loaded);
    }

    [Theory]
    [InlineData(true, false, "supervised", "training_file", "Send the method.type 'dpo'")]
    [InlineData(false, false, "dpo", "training_file", "rows with a preferred and a non-preferred answer")]
    [InlineData(true, true, "dpo", "validation_file", "rows with a preferred and a non-preferred answer")]
    public async Task Data_of_the_other_kind_are_refused_where_the_job_is_made(bool isPairs, bool hasAnswers, string type, string param, string needed)
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();

        JsonElement body = await TrainerHost.StartAsync(client, new
        {
            model = Model,
            training_file = await TrainerHost.UploadAsync(client, 20, isPairs),
            validation_file = hasAnswers ? await TrainerHost.UploadAsync(client) : null,
            method = new { type },
        }, 400);

        Assert.Equal(param, body.GetProperty("error").GetProperty("param").GetString());
        Assert.Contains(needed, body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_outside_is_not_asked_for_pairs()
    {
        using var host = new TrainerHost
        {
            Settings =
            {
                ["Trainer:Runner"] = "external",
                ["Trainer:External:Command:0"] = "train",
                ["Trainer:External:Command:1"] = "{config}",
                ["Trainer:External:Model"] = "org/base",
            },
        };
        using HttpClient client = host.CreateClient();

        JsonElement body = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = await TrainerHost.UploadAsync(client, 20, isPairs: true), method = new { type = "dpo" } }, 400);

        Assert.Contains("Train this job with Trainer:Runner 'process'", body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_the_numbers_are_those_of_an_undisturbed_run()
    {
        using var calm = new TrainerHost();
        using var rough = new TrainerHost { Engine = { StepTime = TimeSpan.FromMilliseconds(30) } };
        rough.Engine.DieAt.Enqueue(4);
        rough.Engine.DieAt.Enqueue(8);

        Assert.Equal(await StepsAsync(calm), await StepsAsync(rough));
    }

    [Fact]
    public async Task A_cycle_does_not_learn_from_pairs()
    {
        using var host = new TrainerHost();
        using HttpClient client = host.CreateClient();
        using var content = new StringContent(
            """{"collection":"house","training":{"objective":"dpo"}}""", System.Text.Encoding.UTF8, "application/json");

        JsonElement body = await TrainerHost.JsonAsync(await client.PostAsync("/v1/cycles", content), 400);

        Assert.Equal("training.objective", body.GetProperty("error").GetProperty("param").GetString());
    }

    private static async Task<string[]> StepsAsync(TrainerHost host)
    {
        using HttpClient client = host.CreateClient();
        JsonElement created = await TrainerHost.StartAsync(client, new
        {
            model = Model,
            training_file = await TrainerHost.UploadAsync(client, 20, isPairs: true),
            seed = 3,
            method = new { type = "dpo", dpo = new { hyperparameters = new { n_epochs = 2 } } },
        });
        string id = created.GetProperty("id").GetString()!;
        await TrainerHost.WaitForJobAsync(client, id);
        JsonElement events = await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{id}/events?limit=1000"));
        return
        [
            .. events.GetProperty("data").EnumerateArray().Where(e => e.GetProperty("type").GetString() == "metrics").Reverse().Select(e =>
                string.Join(' ', ((string[])["step", "train_loss", "reward_margin"]).Select(name => e.GetProperty("data").GetProperty(name).GetRawText()))),
        ];
    }
}
