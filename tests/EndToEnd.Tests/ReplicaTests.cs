using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Trainer;

namespace Ratchet.EndToEnd.Tests;

/// <summary>Several gateways and inference services are one to whoever asks.</summary>
[Trait("Stack", "Both")]
public sealed class ReplicaTests(ReplicatedRatchet ratchet) : IClassFixture<ReplicatedRatchet>
{
    private const string Alias = "latest";

    // The move is an event; who misses it asks for the table at the latest after some seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_moved_alias_is_known_to_every_replica_and_every_replica_serves_it()
    {
        SkipWithoutProcesses();
        Assert.Equal((2, 2), (ratchet.Gateways.Count, ratchet.InferenceCount));
        var jobs = new Jobs(ratchet.Gateways[0]);
        string file = await jobs.UploadAsync(TrainingText.Lines(12));
        string adapter = (await jobs.FinishAsync(await jobs.StartAsync(file, seed: 1, steps: 2))).GetProperty("fine_tuned_model").GetString()!;
        AliasRecord moved = await new TrainerClient(ratchet.Gateways[0]).MoveAliasAsync(
            Alias, new MoveAliasRequest { Adapter = adapter, ExpectedVersion = 0, Reason = "a test", Actor = "test" });
        Assert.Equal(adapter, moved.Adapter);

        // The first gateway was told by the trainer's answer itself; the second one hears of it.
        foreach (HttpClient gateway in ratchet.Gateways)
        {
            var watch = Stopwatch.StartNew();
            while (await ModelAsync(gateway, 0) != adapter)
            {
                Assert.True(watch.Elapsed < Patience, $"{gateway.BaseAddress} has not heard of the move.");
                await Task.Delay(TimeSpan.FromSeconds(2));
            }

            // Each goes round the inference services: both have it.
            for (int turn = 1; turn <= 4; turn++)
            {
                Assert.Equal(adapter, await ModelAsync(gateway, turn));
            }
        }
    }

    [Fact]
    public async Task What_one_gateway_has_let_in_counts_at_the_other()
    {
        SkipWithoutProcesses();
        if (!ratchet.HasRedis)
        {
            Assert.Skip("Replicas share their limits in Redis: run in the Aspire stack (Stack=Aspire), with redis-server installed.");
        }

        const int Asked = 12;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Asked).Select(turn => RemainingAsync(ratchet.Gateways[0], turn)));
        long remaining = await RemainingAsync(ratchet.Gateways[1], Asked);

        // What was used comes back evenly over the minute. A gateway that counted by itself would have given away one.
        double back = watch.Elapsed.TotalMinutes * ReplicatedRatchet.RequestsPerMinute;
        Assert.True(back < Asked - 1, $"Too slow to tell: {Asked} requests took {watch.Elapsed}.");
        Assert.InRange(remaining, 0, (long)(ReplicatedRatchet.RequestsPerMinute - Asked - 1 + back + 1));
    }

    private static void SkipWithoutProcesses()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Finds the address of each replica in /proc.");
        }
    }

    private static async Task<string> ModelAsync(HttpClient gateway, int turn) =>
        (await new Chats(gateway).AskAsync($"Which shelf holds box {turn}?", Alias, tokensMax: 1)).Model;

    private static async Task<long> RemainingAsync(HttpClient gateway, int turn)
    {
        using HttpResponseMessage response = await gateway.PostAsJsonAsync(
            "v1/chat/completions",
            new ChatCompletionRequest
            {
                Model = "base",
                Messages = [ChatMessage.FromText("user", $"What is in drawer {turn}?")],
                MaxCompletionTokens = 1,
                Retrieval = JsonSerializer.SerializeToElement(false),
            },
            WireJson.Options);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return long.Parse(
            response.Headers.GetValues("x-ratelimit-remaining-requests").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
