using Ratchet.Contracts.Rag;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests.Documents;

/// <summary>Documents that wait together are indexed together, and a fault of one stays its own.</summary>
public sealed class GroupedIndexingTests
{
    private const int Count = 9;

    [Fact]
    public async Task Documents_that_waited_together_take_fewer_passes_than_there_are_documents()
    {
        var embedder = new HeldEmbedder();
        await using var host = new RagUnderTest(embedder: embedder);
        List<string> ids = await PushWhileHeldAsync(host, embedder, i => $"Lantern number {i} hangs on the north pier.");
        foreach (string id in ids)
        {
            Assert.Equal(DocumentStates.Indexed, (await host.IndexedAsync(id)).State);
        }

        // The first of all was alone; nine of one chunk each follow in passes of four.
        Assert.Equal([1, 4, 4, 1], embedder.Passes);
        SearchResponse found = await host.Rag.SearchAsync(new SearchRequest("lantern number 7", TopK: 3), cancellation: TestContext.Current.CancellationToken);
        Assert.Contains(found.Data, hit => hit.Document.Id == ids[8]);
    }

    [Fact]
    public async Task A_document_at_fault_fails_alone()
    {
        var embedder = new HeldEmbedder();
        await using var host = new RagUnderTest(embedder: embedder);
        List<string> ids = await PushWhileHeldAsync(host, embedder, i => i == 5 ? "This one is poison." : $"Lantern number {i}.");
        for (int i = 0; i < ids.Count; i++)
        {
            DocumentRecord document = await host.IndexedAsync(ids[i]);
            if (i == 6)
            {
                Assert.Equal(DocumentStates.Failed, document.State);
                Assert.Contains(HeldEmbedder.Reason, document.Error, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(DocumentStates.Indexed, document.State);
            }
        }
    }

    // The first document is in the encoder's hands while the others are accepted.
    private static async Task<List<string>> PushWhileHeldAsync(RagUnderTest host, HeldEmbedder embedder, Func<int, string> text)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var ids = new List<string> { (await host.Rag.PushDocumentAsync(new DocumentPush("First of all.", "first"), cancellation: cancellation)).Id };
        await embedder.Holds.WaitAsync(cancellation);
        for (int i = 0; i < Count; i++)
        {
            ids.Add((await host.Rag.PushDocumentAsync(new DocumentPush(text(i), $"key-{i}"), cancellation: cancellation)).Id);
        }

        embedder.LetGo();
        return ids;
    }

    /// <summary>Holds its first pass until it is let go, and cannot read one word.</summary>
    private sealed class HeldEmbedder : IEmbedder
    {
        public const string Reason = "This word cannot be read.";

        private readonly WordEmbedder _words = new();
        private readonly TaskCompletionSource _holds = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string EncoderId => _words.EncoderId;

        public int Dimensions => _words.Dimensions;

        public List<int> Passes { get; } = [];

        public Task Holds => _holds.Task;

        public void LetGo() => _free.TrySetResult();

        public async Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellation)
        {
            _holds.TrySetResult();
            await _free.Task.WaitAsync(cancellation);
            if (texts.Any(text => text.Contains("poison", StringComparison.Ordinal)))
            {
                throw new InvalidOperationException(Reason);
            }

            lock (Passes)
            {
                Passes.Add(texts.Count);
            }

            return await _words.EmbedAsync(texts, cancellation);
        }

        public double KnownShare(string text) => _words.KnownShare(text);
    }
}
