using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Forgetting;

public sealed class ForgettingTests : IAsyncDisposable
{
    private const string Secret = "Xylophonia";

    private readonly RagUnderTest _rag = new();

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task A_deleted_document_takes_everything_along_that_repeats_it()
    {
        // F118, F157: chunks, examples, feedback, rows of batches, kept answers.
        DocumentRecord document = await _rag.Rag.PushDocumentAsync(
            new DocumentPush($"The password of the shed is {Secret}.", "shed", Title: $"Shed {Secret}", Split: Splits.Train), "key-1");
        await _rag.IndexedAsync(document.Id);
        await _rag.PushAsync("tea", "Tea is free.", split: Splits.Train);
        SearchHit hit = (await _rag.Rag.SearchAsync(new SearchRequest("password shed"))).Data[0];
        ExampleRecord example = await _rag.AddAsync("What is the password?", $"It is {Secret}.", "shed");
        await _rag.AddAsync("Is tea free?", "Yes.", "tea");
        FeedbackRecord feedback = await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(
            FeedbackKinds.Correction, "Password of the shed?", "No idea.", $"{Secret} it is.", Chunks: [hit.Chunk.Id]));
        BatchRecord batch = await _rag.Rag.SealBatchAsync();
        DocumentReach reach = await _rag.Rag.GetReachAsync(document.Id);

        DocumentDeleted deleted = await _rag.Rag.DeleteDocumentAsync(document.Id);

        Assert.Equal([batch.Id], reach.Batches);
        Assert.Equal([example.Id, feedback.ExampleId!], reach.Examples);
        Assert.False(reach.AdaptersKnown);
        Assert.Equal((1, 2), (deleted.ChunkCount, deleted.ExampleCount));
        Assert.Equal([batch.Id], deleted.RedactedBatches);
        DocumentRecord tombstone = await _rag.Rag.GetDocumentAsync(document.Id, withText: true);
        Assert.Equal((DocumentStates.Deleted, null, null), (tombstone.State, tombstone.Text, tombstone.Title));
        Assert.NotNull(tombstone.DeletedAt);
        Assert.DoesNotContain("shed", await _rag.FoundAsync("password shed"));
        Assert.Equal(["Is tea free?"], (await _rag.Rag.GetExamplesAsync()).Data.Select(e => e.Question));
        Assert.Empty((await _rag.Rag.GetFeedbackAsync()).Data);
        AssertNowhereOnDisk();
    }

    [Fact]
    public async Task A_redacted_batch_keeps_its_manifest_and_is_trained_on_no_more()
    {
        DocumentRecord shed = await _rag.PushAsync("shed", $"The password is {Secret}.");
        await _rag.AddAsync("What is the password?", $"{Secret}.", "shed");
        await _rag.AddAsync("Is tea free?", "Yes.", "tea");
        BatchRecord batch = await _rag.Rag.SealBatchAsync();
        await _rag.Rag.DeleteDocumentAsync(shed.Id);

        BatchRecord redacted = await _rag.Rag.GetBatchAsync(batch.Id);
        RagRequestException refused = await Assert.ThrowsAsync<RagRequestException>(
            () => _rag.Rag.GetBatchContentAsync(batch.Id));
        BatchRecord next = await _rag.Rag.SealBatchAsync();

        Assert.Equal((true, false, 1, 2), (redacted.Redacted, redacted.Trainable, redacted.RowsRemoved, redacted.ExampleCount));
        Assert.NotNull(redacted.RedactedAt);
        Assert.Equal((410, "batch_redacted"), (refused.Status, refused.Code));
        Assert.Equal(1, next.ExampleCount);
        Assert.Equal([batch.Id], (await _rag.Rag.GetReachAsync(shed.Id)).Batches);
    }

    [Fact]
    public async Task Nothing_of_a_deleted_document_comes_back_by_imports_or_feedback()
    {
        DocumentRecord shed = await _rag.PushAsync("shed", $"The password is {Secret}.");
        SearchHit hit = (await _rag.Rag.SearchAsync(new SearchRequest("password"))).Data[0];
        await _rag.Rag.DeleteDocumentAsync(shed.Id);

        RagRequestException example = await Assert.ThrowsAsync<RagRequestException>(
            () => _rag.AddAsync("What is the password?", $"{Secret}.", "shed"));
        RagRequestException feedback = await Assert.ThrowsAsync<RagRequestException>(() => _rag.Rag.SendFeedbackAsync(
            new FeedbackRequest(FeedbackKinds.ThumbUp, "What is the password?", Secret, Chunks: [hit.Chunk.Id])));

        Assert.Equal((409, "document_deleted"), (example.Status, example.Code));
        Assert.Equal((409, "document_deleted"), (feedback.Status, feedback.Code));
    }

    [Fact]
    public async Task A_document_deleted_while_it_is_being_indexed_does_not_come_back()
    {
        for (int i = 0; i < 20; i++)
        {
            DocumentRecord document = await _rag.Rag.PushDocumentAsync(new DocumentPush($"{Secret} number {i}.", $"d{i}"));
            await _rag.Rag.DeleteDocumentAsync(document.Id);
        }

        await _rag.PushAsync("last", "Tea is free.");
        Assert.Equal(["last"], (await _rag.FoundAsync(Secret + " number tea")).Distinct());
        Assert.Equal(1, (await _rag.Rag.GetStatsAsync()).ChunkCount);
    }

    [Fact]
    public async Task A_deleted_key_can_be_used_for_a_new_document()
    {
        DocumentRecord old = await _rag.PushAsync("shed", "Old words.");
        await _rag.Rag.DeleteDocumentAsync(old.Id);
        DocumentRecord again = await _rag.Rag.DeleteDocumentAsync(old.Id) is { Deleted: true, ChunkCount: 0 }
            ? await _rag.PushAsync("shed", "New words.")
            : throw new InvalidOperationException("A second deletion found something to delete.");

        Assert.NotEqual(old.Id, again.Id);
        Assert.Equal(["shed"], await _rag.FoundAsync("words"));
        Assert.Equal(
            [old.Id],
            (await _rag.Rag.GetDocumentsAsync(new DocumentQuery(State: DocumentStates.Deleted))).Data.Select(d => d.Id));
    }

    [Fact]
    public async Task Deletion_survives_a_restart()
    {
        DocumentRecord shed = await _rag.PushAsync("shed", $"The password is {Secret}.");
        await _rag.Rag.DeleteDocumentAsync(shed.Id);

        RagUnderTest after = await _rag.RestartAsync();

        Assert.Empty(await after.FoundAsync("password"));
        await after.DisposeAsync();
    }

    [Fact]
    public async Task Events_tell_what_happened_in_order_without_the_text()
    {
        DocumentRecord shed = await _rag.PushAsync("shed", $"The password is {Secret}.");
        await _rag.AddAsync("What is the password?", $"{Secret}.", "shed");
        BatchRecord batch = await _rag.Rag.SealBatchAsync();
        await _rag.Rag.DeleteDocumentAsync(shed.Id);

        string[] wanted =
            ["document.accepted", "document.indexed", "example.added", "batch.sealed", "batch.redacted", "document.deleted"];
        var seen = new List<string>();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using Stream stream = await _rag.Http.GetStreamAsync("/events?after=0", patience.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (seen.Count < wanted.Length)
        {
            string line = (await reader.ReadLineAsync(patience.Token))!;
            Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                seen.Add(line["event: ".Length..]);
            }
            else if (line.Contains("redacted", StringComparison.Ordinal))
            {
                Assert.Contains(batch.Id, line, StringComparison.Ordinal);
            }
        }

        Assert.Equal(wanted, seen);
    }

    [Fact]
    public async Task Stats_count_what_there_is()
    {
        DocumentRecord shed = await _rag.PushAsync("shed", "Words of the shed.");
        await _rag.PushAsync("tea", "Tea is free.");
        await _rag.AddAsync("Is tea free?", "Yes.", "tea");
        await _rag.AddAsync("Is it?", "Yes.", "tea", state: ExampleStates.Proposed);
        await _rag.Rag.DeleteDocumentAsync(shed.Id);

        KnowledgeStats stats = await _rag.Rag.GetStatsAsync();
        JsonElement raw = await _rag.Http.GetFromJsonAsync<JsonElement>("/v1/knowledge/stats");

        // F111: how fresh the knowledge is.
        Assert.Equal((1, 1), (stats.Documents[DocumentStates.Indexed], stats.Documents[DocumentStates.Deleted]));
        Assert.Equal((1, 1, 1), (stats.ChunkCount, stats.Examples[ExampleStates.Approved], stats.ReadyToSeal));
        Assert.Equal(0, stats.LagSeconds);
        Assert.Equal("default", stats.Collections[0].Name);
        Assert.Equal(1, raw.GetProperty("ready_to_seal").GetInt32());
    }

    private void AssertNowhereOnDisk()
    {
        SqliteConnection.ClearAllPools();
        byte[] secret = Encoding.UTF8.GetBytes(Secret);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(_rag.DataFolder, "rag")))
        {
            if (Path.GetFileName(file) != ".lock")
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                Assert.True(bytes.ToArray().AsSpan().IndexOf(secret) < 0, $"{file} still holds the text.");
            }
        }
    }
}
