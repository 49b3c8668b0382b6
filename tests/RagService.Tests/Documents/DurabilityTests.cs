using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Documents;

public sealed class DurabilityTests
{
    [Fact]
    public async Task After_a_restart_everything_is_found_again_without_embedding_it_again()
    {
        await using var before = new RagUnderTest();
        await before.PushAsync("saw", "A saw costs three coins a day.");
        await before.PushAsync("drill", "A drill costs four coins a day.");
        var encoder = new WordEmbedder();

        RagUnderTest after = await before.RestartAsync(embedder: encoder);
        List<string> found = await after.FoundAsync("drill");

        Assert.Equal("drill", found[0]);
        Assert.Equal(1, encoder.TextCount);
        await after.DisposeAsync();
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill_at_that_moment()
    {
        await using var rag = new RagUnderTest();
        DocumentRecord document = await rag.Rag.PushDocumentAsync(new DocumentPush("A drill costs four coins.", "drill"));
        string afterDocument = rag.CopyAsKilled();
        ExampleRecord example = await rag.AddAsync("What does a drill cost?", "Four coins.", "drill");
        FeedbackRecord feedback = await rag.Rag.SendFeedbackAsync(
            new FeedbackRequest(FeedbackKinds.Correction, "And a saw?", "Nine.", "Three coins."));
        BatchRecord batch = await rag.Rag.SealBatchAsync();
        string afterAll = rag.CopyAsKilled();

        await using (var revived = new RagUnderTest(folder: afterDocument))
        {
            // Perhaps it was not indexed yet; then it is now.
            Assert.Equal(DocumentStates.Indexed, (await revived.IndexedAsync(document.Id)).State);
            Assert.Equal(["drill"], await revived.FoundAsync("drill"));
        }

        await using (var revived = new RagUnderTest(folder: afterAll))
        {
            Assert.Equal(example.Question, (await revived.Rag.GetExampleAsync(example.Id)).Question);
            Assert.Equal(feedback.Id, (await revived.Rag.GetFeedbackAsync()).Data[0].Id);
            Assert.NotEmpty(await revived.Rag.GetBatchContentAsync(batch.Id));
        }
    }

    [Fact]
    public async Task Another_encoder_embeds_everything_again()
    {
        await using var before = new RagUnderTest();
        DocumentRecord document = await before.PushAsync("drill", "A drill costs four coins a day.");
        var other = new WordEmbedder("other");

        RagUnderTest after = await before.RestartAsync(embedder: other);
        await after.IndexedAsync(document.Id);

        Assert.Equal(["drill"], await after.FoundAsync("drill"));
        Assert.Equal(2, other.TextCount);
        Assert.Equal("other", (await after.Rag.GetStatsAsync()).Encoder);
        await after.DisposeAsync();
    }

    [Fact]
    public async Task Many_writers_and_readers_at_once_lose_nothing()
    {
        await using var rag = new RagUnderTest();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            await rag.Rag.PushDocumentAsync(new DocumentPush($"Fact {i}: the token is word{i}.", $"d{i % 20}"));
            await rag.FoundAsync($"word{i}");
        }));

        var all = (await rag.Rag.GetDocumentsAsync(new DocumentQuery(Limit: 100))).Data;
        Assert.Equal(20, all.Count);
        foreach (DocumentRecord document in all)
        {
            Assert.Equal(DocumentStates.Indexed, (await rag.IndexedAsync(document.Id)).State);
        }

        Assert.Equal(20, (await rag.Rag.GetStatsAsync()).ChunkCount);
    }
}
