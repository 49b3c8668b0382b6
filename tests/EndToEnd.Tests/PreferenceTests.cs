using System.Net.Http.Json;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;

namespace Ratchet.EndToEnd.Tests;

/// <summary>What people say about answers becomes an adapter that prefers likewise, without a file between (F122, F155).</summary>
[Trait("Stack", "Both")]
[Collection(nameof(RunningRatchetCollection))]
public sealed class PreferenceTests(RatchetFixture ratchet)
{
    private const string Collection = "preferences";

    // Of which some are held out by the hash of their question; a job needs ten.
    private const int WordCount = 24;

    [Fact]
    public async Task Corrections_are_sealed_as_pairs_and_one_request_trains_on_them()
    {
        for (int i = 0; i < WordCount; i++)
        {
            using HttpResponseMessage said = await ratchet.Http.PostAsJsonAsync(
                "v1/feedback",
                new { question = $"What is drawer {i} for?", answer = $"I cannot say, drawer {i} is a drawer.", correction = $"Screws of size {i}.", collection = Collection },
                WireJson.Options);
            FeedbackRecord feedback = (await said.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<FeedbackRecord>(WireJson.Options))!;
            await ratchet.Rag.ReviewExampleAsync(feedback.ExampleId!, new ExampleUpdate(ExampleStates.Approved));
        }

        IReadOnlyList<PreferencePair> pairs = (await ratchet.Rag.GetPairsAsync(Collection, limit: WordCount)).Data;
        Assert.Equal(WordCount, pairs.Count);
        Assert.All(pairs, pair => Assert.Equal(pair.Split == Splits.Train, pair.Ready));
        BatchRecord batch = await ratchet.Rag.SealBatchAsync(new SealBatchRequest(Collection, Form: BatchForms.Preference));
        Assert.Equal(pairs.Count(pair => pair.Ready), batch.ExampleCount);

        using HttpResponseMessage started = await ratchet.Http.PostAsJsonAsync(
            "v1/fine_tuning/jobs",
            new
            {
                model = "smollm2-135m-instruct",
                training_file = batch.Id,
                seed = 7,
                suffix = "preference",
                method = new { type = "dpo" },
                x_ratchet = new { rank = 4, max_steps = 3, batch_size = 2, gradient_accumulation = 1, replay_share = 0.0 },
            },
            WireJson.Options);
        string text = await started.Content.ReadAsStringAsync();
        Assert.True(started.IsSuccessStatusCode, text);
        JsonElement job = await ratchet.Jobs.FinishAsync(JsonElement.Parse(text).GetProperty("id").GetString()!);

        string file = job.GetProperty("training_file").GetString()!;
        Assert.Equal($"file-{batch.Sha256}", file);
        Assert.Equal(
            await ratchet.Rag.GetBatchContentAsync(batch.Id),
            await ratchet.Http.GetByteArrayAsync(new Uri($"v1/files/{file}/content", UriKind.Relative)));
        AdapterRecord adapter = await ratchet.Trainer.GetAdapterAsync(job.GetProperty("fine_tuned_model").GetString()!);
        Assert.Equal((batch.Id, batch.Sha256, batch.ExampleCount), (adapter.Batch, adapter.Lineage.TrainingSha256, adapter.Lineage.Examples));
        Assert.Equal([batch.Id], adapter.Lineage.Batches);
        Assert.Equal("dpo", job.GetProperty("method").GetProperty("type").GetString());
    }
}
