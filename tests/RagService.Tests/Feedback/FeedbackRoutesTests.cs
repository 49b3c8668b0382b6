using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Feedback;

public sealed class FeedbackRoutesTests : IAsyncDisposable
{
    private readonly RagUnderTest _rag = new();

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task A_correction_becomes_a_proposed_example_with_its_passage()
    {
        // F155: feedback can be used for training.
        DocumentRecord document = await _rag.PushAsync("fees", "A drill costs four coins a day.", split: Splits.Train);
        SearchHit hit = (await _rag.Rag.SearchAsync(new SearchRequest("drill"))).Data[0];

        FeedbackRecord feedback = await _rag.Rag.SendFeedbackAsync(new FeedbackRequest(
            FeedbackKinds.Correction, "What does a drill cost?", "Nine coins.", "Four coins a day.",
            CompletionId: "chatcmpl-1", Adapter: "ft:base:ratchet:x:job", Chunks: [hit.Chunk.Id], User: "ada"));
        ExampleRecord example = await _rag.Rag.GetExampleAsync(feedback.ExampleId!);

        Assert.Equal(("What does a drill cost?", "Four coins a day."), (example.Question, example.Answer));
        Assert.Equal((ExampleStates.Proposed, "feedback", feedback.Id), (example.State, example.Source, example.FeedbackId));
        Assert.Equal((document.Id, hit.Chunk.Id), (example.DocumentId, example.ChunkId));
        Assert.Equal(Splits.Train, example.Split);
    }

    [Fact]
    public async Task A_thumb_up_is_an_example_and_other_judgements_are_kept()
    {
        FeedbackRecord up = await Send(FeedbackKinds.ThumbUp);
        FeedbackRecord down = await Send(FeedbackKinds.ThumbDown);
        FeedbackRecord regenerated = await Send(FeedbackKinds.Regenerate);

        Assert.NotNull(up.ExampleId);
        Assert.Null(down.ExampleId);
        Assert.Null(regenerated.ExampleId);
        Assert.Equal(
            [regenerated.Id, down.Id, up.Id], (await _rag.Rag.GetFeedbackAsync()).Data.Select(feedback => feedback.Id));

        Task<FeedbackRecord> Send(string kind) =>
            _rag.Rag.SendFeedbackAsync(new FeedbackRequest(kind, "Is there tea?", "Yes, free."));
    }

    [Fact]
    public async Task An_answer_that_saw_a_held_out_document_is_not_trained_on()
    {
        await _rag.PushAsync("a", "Alpha drill costs four.", split: Splits.Train);
        await _rag.PushAsync("b", "Beta drill costs five.", split: Splits.HeldOut);
        List<string> chunks = [.. (await _rag.Rag.SearchAsync(new SearchRequest("alpha drill"))).Data.Select(hit => hit.Chunk.Id)];

        FeedbackRecord feedback = await _rag.Rag.SendFeedbackAsync(
            new FeedbackRequest(FeedbackKinds.ThumbUp, "What do drills cost?", "Four or five.", Chunks: chunks));

        Assert.Equal(Splits.HeldOut, (await _rag.Rag.GetExampleAsync(feedback.ExampleId!)).Split);
    }

    [Fact]
    public async Task Feedback_without_what_it_needs_is_refused()
    {
        await RefusedAsync(new FeedbackRequest("star", "Q?"), "kind");
        await RefusedAsync(new FeedbackRequest(FeedbackKinds.Correction, "Q?", "A."), "correction");
        await RefusedAsync(new FeedbackRequest(FeedbackKinds.ThumbUp, "Q?"), "answer");
        await RefusedAsync(new FeedbackRequest(FeedbackKinds.ThumbDown, " "), "question");

        async Task RefusedAsync(FeedbackRequest request, string param)
        {
            RagRequestException refused = await Assert.ThrowsAsync<RagRequestException>(() => _rag.Rag.SendFeedbackAsync(request));
            Assert.Equal((400, param), (refused.Status, refused.Param));
        }
    }
}
