using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Batches;

public sealed class BatchRoutesTests : IAsyncDisposable
{
    private readonly RagUnderTest _rag = new();

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task The_id_is_the_hash_of_canonical_lines()
    {
        await _rag.PushAsync("fees", "A drill costs four coins a day.");
        await _rag.AddAsync("What does a drill cost?", "Four coins.", "fees");
        await _rag.AddAsync("电钻多少钱？", "四元。", "fees");

        BatchRecord batch = await _rag.Rag.SealBatchAsync(new SealBatchRequest(Note: "first"));
        byte[] content = await _rag.Rag.GetBatchContentAsync(batch.Id);
        string[] lines = Encoding.UTF8.GetString(content).TrimEnd('\n').Split('\n');

        Assert.Equal("batch-" + Convert.ToHexStringLower(SHA256.HashData(content)), batch.Id);
        Assert.Equal((2, 1, true, "first"), (batch.ExampleCount, batch.DocumentCount, batch.Trainable, batch.Note));
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
        Assert.All(lines, line =>
        {
            string[] names = [.. JsonElement.Parse(line).EnumerateObject().Select(field => field.Name)];
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
            BatchRow row = JsonSerializer.Deserialize<BatchRow>(line, WireJson.Options)!;
            Assert.Equal("fees", row.DocumentKey);
            Assert.NotNull(row.ChunkId);
        });
        Assert.Contains("四元", lines.Single(line => line.Contains('四', StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_approved_training_examples_enter_and_only_once()
    {
        await _rag.AddAsync("Approved?", "Yes.");
        await _rag.AddAsync("Proposed?", "Yes.", state: ExampleStates.Proposed);
        await _rag.AddAsync("Rejected?", "Yes.", state: ExampleStates.Rejected);
        await _rag.AddAsync("Held out?", "Yes.", split: Splits.HeldOut);
        BatchRecord first = await _rag.Rag.SealBatchAsync();
        RagRequestException empty = await Assert.ThrowsAsync<RagRequestException>(() => _rag.Rag.SealBatchAsync());
        BatchRecord same = await _rag.Rag.SealBatchAsync(new SealBatchRequest(Include: "all"));
        await _rag.AddAsync("Later?", "Yes.");
        BatchRecord second = await _rag.Rag.SealBatchAsync();
        BatchRecord all = await _rag.Rag.SealBatchAsync(new SealBatchRequest(Include: "all"));

        Assert.Equal((1, 1, 2), (first.ExampleCount, second.ExampleCount, all.ExampleCount));
        Assert.Equal(first.Id, same.Id);
        Assert.Equal((409, "empty_batch"), (empty.Status, empty.Code));
        Assert.Contains("1 wait for review", empty.Message, StringComparison.Ordinal);
        Assert.Equal([all.Id, second.Id, first.Id], (await _rag.Rag.GetBatchesAsync()).Data.Select(batch => batch.Id));
    }

    [Fact]
    public async Task Held_out_examples_say_whether_their_document_is_covered()
    {
        await _rag.AddAsync("Taught?", "Yes.", "fees");
        ExampleRecord covered = await _rag.AddAsync("Asked of fees?", "Yes.", "fees", Splits.HeldOut);
        ExampleRecord fresh = await _rag.AddAsync("Asked of hours?", "Yes.", "hours", Splits.HeldOut);
        Assert.False(covered.Covered);

        BatchRecord batch = await _rag.Rag.SealBatchAsync();

        Assert.True((await _rag.Rag.GetExampleAsync(covered.Id)).Covered);
        Assert.False((await _rag.Rag.GetExampleAsync(fresh.Id)).Covered);
        Assert.Equal(
            [fresh.Id],
            (await _rag.Rag.GetExamplesAsync(new ExampleQuery(Split: Splits.HeldOut, Covered: false))).Data.Select(e => e.Id));
        BatchDocument named = Assert.Single((await _rag.Rag.GetBatchAsync(batch.Id)).Documents!);
        Assert.Equal(("fees", 1), (named.Key, named.Rows));
    }

    [Fact]
    public async Task A_batch_of_one_collection_leaves_the_others()
    {
        await _rag.AddAsync("One?", "Yes.", collection: "one");
        await _rag.AddAsync("Two?", "Yes.", collection: "two");

        BatchRecord batch = await _rag.Rag.SealBatchAsync(new SealBatchRequest("one"));

        Assert.Equal((1, "one"), (batch.ExampleCount, batch.Collection));
        Assert.Equal(1, (await _rag.Rag.GetStatsAsync()).ReadyToSeal);
    }

    [Fact]
    public async Task Many_seals_at_once_give_one_batch()
    {
        await _rag.AddAsync("One?", "Yes.");
        BatchRecord?[] sealedNow = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                return await _rag.Rag.SealBatchAsync();
            }
            catch (RagRequestException refused) when (refused.Code == "empty_batch")
            {
                return null;
            }
        }));

        Assert.Single(sealedNow, batch => batch is not null);
    }

    [Fact]
    public async Task Unknown_batches_and_options_are_refused()
    {
        RagRequestException unknown = await Assert.ThrowsAsync<RagRequestException>(() => _rag.Rag.GetBatchAsync("batch-none"));
        RagRequestException option = await Assert.ThrowsAsync<RagRequestException>(
            () => _rag.Rag.SealBatchAsync(new SealBatchRequest(Include: "some")));

        Assert.Equal((404, 400), (unknown.Status, option.Status));
    }
}
