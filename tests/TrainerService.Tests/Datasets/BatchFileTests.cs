using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Events;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Datasets;

/// <summary>A job that names a sealed batch in place of a file (F122, F155).</summary>
public sealed class BatchFileTests
{
    private const string Model = "smollm2-135m-instruct";

    private readonly FakeKnowledge _knowledge = new();

    [Fact]
    public async Task A_batch_of_pairs_is_pulled_checked_and_trained_on_and_the_adapter_names_it()
    {
        using TrainerHost host = Host();
        host.Engine.StepTime = TimeSpan.FromMilliseconds(20);
        using HttpClient client = host.CreateClient();
        byte[] content = TrainerHost.Pairs(12);
        string batch = _knowledge.Keep(content);

        JsonElement created = await TrainerHost.StartAsync(client, new { model = Model, training_file = batch, method = new { type = "dpo" } });
        JsonElement job = await TrainerHost.WaitForJobAsync(client, created.GetProperty("id").GetString()!);

        Assert.Equal($"file-{batch[6..]}", created.GetProperty("training_file").GetString());
        Assert.Equal(content, await client.GetByteArrayAsync($"/v1/files/file-{batch[6..]}/content"));
        Assert.Equal(batch, job.GetProperty("x_ratchet").GetProperty("batch").GetString());
        Assert.Equal([batch], host.Get<AdapterStore>().Get(job.GetProperty("fine_tuned_model").GetString()!).Lineage.Batches);
        JsonElement endless = await TrainerHost.StartAsync(
            client, new { model = Model, training_file = batch, method = new { type = "dpo" }, x_ratchet = new { max_steps = 1_000_000 } });
        string second = endless.GetProperty("id").GetString()!;

        // What a deletion takes from the batch it takes from here.
        await host.Get<RedactedBatches>().HandleAsync(new EventRecord(1, "batch.redacted", $$"""{"id":"{{batch}}"}""", 1));
        Assert.Equal("cancelled", (await TrainerHost.JsonAsync(await client.GetAsync($"/v1/fine_tuning/jobs/{second}"))).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/v1/files/file-{batch[6..]}")).StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_pulled_or_learnt_from_is_refused_with_the_reason_and_nothing_is_kept()
    {
        using TrainerHost host = Host();
        using HttpClient client = host.CreateClient();
        string few = _knowledge.Keep(TrainerHost.Pairs(9));
        string pairs = _knowledge.Keep(TrainerHost.Pairs(12));
        string garbage = _knowledge.Keep("{\"question\":"u8.ToArray());

        await RefusedAsync(few, "dpo", 400, "invalid_n_examples");
        await RefusedAsync(garbage, "dpo", 400, "invalid_json");
        await RefusedAsync("batch-0", "dpo", 400, "file_not_found");
        await RefusedAsync("../batch-0", "dpo", 400, "file_not_found");
        Assert.Empty((await TrainerHost.JsonAsync(await client.GetAsync("/v1/files"))).GetProperty("data").EnumerateArray());
        await RefusedAsync(pairs, "supervised", 400, "invalid_value");
        _knowledge.FailAt[_knowledge.CallCount + 1] = new HttpRequestException("away");
        await RefusedAsync(pairs, "dpo", 503, "rag_unavailable");
        _knowledge.FailAt[_knowledge.CallCount + 1] = new RagRequestException(410, "batch_redacted", "It lost rows.");
        await RefusedAsync(pairs, "dpo", 410, "batch_redacted");
        _knowledge.Redacted = true;
        await RefusedAsync(pairs, "dpo", 409, "batch_changed");

        async Task RefusedAsync(string batch, string type, int status, string code)
        {
            JsonElement body = await TrainerHost.StartAsync(client, new { model = Model, training_file = batch, method = new { type } }, status);
            Assert.Equal((code, "training_file"), (body.GetProperty("error").GetProperty("code").GetString(), body.GetProperty("error").GetProperty("param").GetString()));
        }
    }

    private TrainerHost Host() => new()
    {
        More = services =>
        {
            services.RemoveAll<IKnowledge>();
            services.AddSingleton<IKnowledge>(_knowledge);
        },
    };
}
