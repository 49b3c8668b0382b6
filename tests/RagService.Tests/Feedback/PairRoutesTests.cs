using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts.Rag;
using Ratchet.Datasets;

namespace Ratchet.RagService.Tests.Feedback;

/// <summary>Feedback becomes pairs of a better and a worse answer, and those a batch to learn preferences from (F122, F155).</summary>
public sealed class PairRoutesTests : IAsyncDisposable
{
    private readonly RagUnderTest _rag = new(new Dictionary<string, string> { ["Rag:HeldOutShare"] = "0" });

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task A_corrected_answer_is_a_pair_that_is_ready_when_its_example_is_approved()
    {
        await _rag.PushAsync("fees", "A drill costs four coins a day.", split: Splits.Train);
        SearchHit hit = (await _rag.Rag.SearchAsync(new SearchRequest("drill"))).Data[0];
        FeedbackRecord feedback = await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(
            FeedbackKinds.Correction, "What does a drill cost?", "Nine coins.", "Four coins.", Adapter: "ft:base:ratchet:x:job", Chunks: [hit.Chunk.Id]));

        PreferencePair proposed = Assert.Single((await _rag.Rag.GetPairsAsync()).Data);
        RagRequestException empty = await Assert.ThrowsAsync<RagRequestException>(() => SealAsync());
        await ApproveAsync(feedback);
        PreferencePair pair = Assert.Single((await _rag.Rag.GetPairsAsync("default")).Data);

        Assert.Equal((false, PairBlocks.NotApproved), (proposed.Ready, proposed.Blocked));
        Assert.Equal((409, "empty_batch"), (empty.Status, empty.Code));
        Assert.Contains("1 not_approved", empty.Message, StringComparison.Ordinal);
        Assert.Equal(("What does a drill cost?", "Four coins.", "Nine coins.", true), (pair.Question, pair.Chosen, pair.Rejected, pair.Ready));
        Assert.Equal((FeedbackKinds.Correction, feedback.Id, feedback.Id), (pair.Source, pair.ChosenFeedback, pair.RejectedFeedback));
        Assert.Equal((feedback.ExampleId, "ft:base:ratchet:x:job", "fees"), (pair.ExampleId, pair.RejectedAdapter, pair.DocumentKey));
        Assert.Empty((await _rag.Rag.GetPairsAsync("elsewhere")).Data);
    }

    [Fact]
    public async Task A_sealed_batch_of_pairs_is_a_preference_data_set_with_the_prompt_in_use()
    {
        await _rag.PushAsync("fees", "A drill costs four coins a day.", split: Splits.Train);
        SearchHit hit = (await _rag.Rag.SearchAsync(new SearchRequest("drill"))).Data[0];
        await ApproveAsync(await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(
            FeedbackKinds.Correction, "What does a drill cost?", "Nine coins.", "Four coins.", Chunks: [hit.Chunk.Id])));
        await ApproveAsync(await PreferAsync("Is there tea?", "Yes, it is free.", "No."));

        BatchRecord batch = await SealAsync();
        byte[] content = await _rag.Rag.GetBatchContentAsync(batch.Id);
        RagRequestException again = await Assert.ThrowsAsync<RagRequestException>(() => SealAsync());

        Assert.Equal("batch-" + Convert.ToHexStringLower(SHA256.HashData(content)), batch.Id);
        Assert.Equal((BatchForms.Preference, 2, 1), (batch.Form, batch.ExampleCount, batch.DocumentCount));
        Assert.Equal(batch.Id, (await SealAsync("all")).Id);
        Assert.Contains("2 are in earlier batches", again.Message, StringComparison.Ordinal);
        using var stream = new MemoryStream(content);
        DatasetReadResult read = DatasetReader.Read(stream, "pairs.jsonl", new DatasetLimits(BytesMax: 1 << 20, RowsMax: 10, RowsMin: 1));
        Assert.True(read.Report.Usable);
        ConversationRow row = read.Rows.Single(r => r.Preferred!.Content == "Four coins.");
        Assert.Equal("Nine coins.", row.NonPreferred!.Content);
        Assert.Equal("[1] fees: A drill costs four coins a day.\n\nWhat does a drill cost?", row.Messages[^1].Content);
        Assert.Equal(["system", "user"], row.Messages.Select(m => m.Role));
        Assert.Equal("fees", row.Metadata["document_key"]);
        string[] lines = Encoding.UTF8.GetString(content).TrimEnd('\n').Split('\n');
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
        Assert.All(lines, line =>
        {
            string[] names = [.. JsonElement.Parse(line).EnumerateObject().Select(field => field.Name)];
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
        });

        // The examples themselves are still new to a batch of examples.
        Assert.Equal(2, (await _rag.Rag.SealBatchAsync()).ExampleCount);
    }

    [Theory]
    [InlineData(FeedbackKinds.ThumbUp, FeedbackKinds.ThumbDown)]
    [InlineData(FeedbackKinds.ThumbDown, FeedbackKinds.ThumbUp)]
    [InlineData(FeedbackKinds.Regenerate, FeedbackKinds.ThumbUp)]
    public async Task A_good_and_a_bad_answer_to_one_question_are_a_pair_in_either_order(string first, string second)
    {
        FeedbackRecord one = await SayAsync(first, "Is there tea?");
        Assert.Empty((await _rag.Rag.GetPairsAsync()).Data);
        FeedbackRecord two = await SayAsync(second, "is there TEA");
        await SayAsync(second, "Is there coffee?");
        await SayAsync(second, "Is there tea?");

        PreferencePair pair = Assert.Single((await _rag.Rag.GetPairsAsync()).Data);
        (FeedbackRecord good, FeedbackRecord bad) = first == FeedbackKinds.ThumbUp ? (one, two) : (two, one);
        Assert.Equal((good.Answer, bad.Answer, "thumbs"), (pair.Chosen, pair.Rejected, pair.Source));
        Assert.Equal((good.Id, bad.Id), (pair.ChosenFeedback, pair.RejectedFeedback));

        Task<FeedbackRecord> SayAsync(string kind, string question) => _rag.Rag.SendFeedbackAsync(
            new FeedbackRequest(kind, question, kind == FeedbackKinds.ThumbUp ? "Yes, it is free." : "No."));
    }

    [Fact]
    public async Task What_no_example_may_do_no_pair_may_do()
    {
        await _rag.PushAsync("a", "Alpha drill costs four.", split: Splits.Train);
        await _rag.PushAsync("b", "Beta drill costs five.", split: Splits.HeldOut);
        string alpha = (await _rag.Rag.SearchAsync(new SearchRequest("alpha drill"))).Data[0].Chunk.Id;
        string beta = (await _rag.Rag.SearchAsync(new SearchRequest("beta drill"))).Data[0].Chunk.Id;

        // Held out by the document that the worse answer was given.
        await ApproveAsync(await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(FeedbackKinds.ThumbUp, "What does alpha cost?", "Four.", Chunks: [alpha])));
        await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(FeedbackKinds.ThumbDown, "What does alpha cost?", "Five.", Chunks: [alpha, beta]));

        // Two people of two minds.
        await ApproveAsync(await PreferAsync("Tea or coffee?", "Tea.", "Coffee."));
        await ApproveAsync(await PreferAsync("Tea or coffee?", "Coffee.", "Tea."));

        // A reviewer wrote the worse answer in the end.
        FeedbackRecord edited = await PreferAsync("Until when?", "Until ten.", "Until nine.");
        await _rag.Rag.ReviewExampleAsync(edited.ExampleId!, new ExampleUpdate(ExampleStates.Approved, Answer: "Until nine."));

        FeedbackRecord rejected = await PreferAsync("Who?", "Ada.", "Bob.");
        await _rag.Rag.ReviewExampleAsync(rejected.ExampleId!, new ExampleUpdate(ExampleStates.Rejected));

        FeedbackRecord closed = await PreferAsync("Where?", "Here.", "There.", "closed");
        await ApproveAsync(closed);
        await _rag.Rag.PutCollectionAsync("closed", new CollectionUpdate(false));

        Assert.Equal(
            [
                PairBlocks.HeldOut, PairBlocks.NotApproved, PairBlocks.SameAnswer, PairBlocks.Contradicted, PairBlocks.Contradicted, PairBlocks.HeldOut,
            ],
            (await _rag.Rag.GetPairsAsync()).Data.Select(pair => pair.Blocked));
        RagRequestException empty = await Assert.ThrowsAsync<RagRequestException>(() => SealAsync("all"));
        Assert.Contains("of 6 pairs 0 are in earlier batches", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_a_document_that_either_answer_was_given_takes_the_pair_and_its_row()
    {
        await _rag.PushAsync("a", "Alpha drill costs four.", split: Splits.Train);
        DocumentRecord beta = await _rag.PushAsync("b", "Beta drill costs five.", split: Splits.Train);
        string chunk = (await _rag.Rag.SearchAsync(new SearchRequest("beta drill"))).Data[0].Chunk.Id;
        await ApproveAsync(await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(FeedbackKinds.ThumbUp, "What does alpha cost?", "Four.")));
        await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(FeedbackKinds.ThumbDown, "What does alpha cost?", "Five, as beta.", Chunks: [chunk]));
        await ApproveAsync(await PreferAsync("Is there tea?", "Yes.", "No."));
        BatchRecord batch = await SealAsync();
        Assert.Equal(2, batch.ExampleCount);
        Assert.Contains(batch.Id, (await _rag.Rag.GetReachAsync(beta.Id)).Batches);

        DocumentDeleted deleted = await _rag.Rag.DeleteDocumentAsync(beta.Id);

        Assert.Equal([batch.Id], deleted.RedactedBatches);
        RagRequestException gone = await Assert.ThrowsAsync<RagRequestException>(() => _rag.Rag.GetBatchContentAsync(batch.Id));
        Assert.Equal((410, "batch_redacted"), (gone.Status, gone.Code));
        Assert.Equal("Is there tea?", Assert.Single((await _rag.Rag.GetPairsAsync()).Data).Question);
        Assert.Equal(1, (await SealAsync()).ExampleCount);
    }

    [Fact]
    public async Task Pairs_come_in_pages_and_a_choice_without_two_answers_is_refused()
    {
        foreach (int i in Enumerable.Range(0, 3))
        {
            await PreferAsync($"Question {i}?", "Yes.", "No.");
        }

        var first = await _rag.Rag.GetPairsAsync(limit: 2);
        var second = await _rag.Rag.GetPairsAsync(limit: 2, after: first.Data[^1].Id);
        Assert.Equal(["Question 2?", "Question 1?"], first.Data.Select(pair => pair.Question));
        Assert.Equal((true, false, "Question 0?"), (first.HasMore, second.HasMore, Assert.Single(second.Data).Question));

        await RefusedAsync(() => _rag.Rag.SendFeedbackAsync(new FeedbackRequest(FeedbackKinds.Preferred, "Q?", "A.")), "rejected");
        await RefusedAsync(() => PreferAsync("Q?", "A.", " A. "), "rejected");
        await RefusedAsync(() => PreferAsync("Q?", " ", "B."), "answer");
        await RefusedAsync(() => _rag.Rag.SealBatchAsync(new SealBatchRequest(Form: "kto")), "form");
        await RefusedAsync(() => _rag.Rag.GetPairsAsync(after: "pair-0"), "after");

        static async Task RefusedAsync(Func<Task> call, string param)
        {
            RagRequestException refused = await Assert.ThrowsAsync<RagRequestException>(call);
            Assert.Equal((400, param), (refused.Status, refused.Param));
        }
    }

    private Task<FeedbackRecord> PreferAsync(string question, string chosen, string rejected, string? collection = null) => _rag.Rag.SendFeedbackAsync(
        new FeedbackRequest(FeedbackKinds.Preferred, question, chosen, Collection: collection, Rejected: rejected));

    private Task<ExampleRecord> ApproveAsync(FeedbackRecord feedback) =>
        _rag.Rag.ReviewExampleAsync(feedback.ExampleId!, new ExampleUpdate(ExampleStates.Approved));

    private Task<BatchRecord> SealAsync(string? include = null) =>
        _rag.Rag.SealBatchAsync(new SealBatchRequest(Include: include, Form: BatchForms.Preference));
}
