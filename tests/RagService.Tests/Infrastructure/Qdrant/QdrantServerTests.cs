using Ratchet.RagService.Infrastructure.Qdrant;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>The same contract over a real server, where one is named.</summary>
public sealed class QdrantServerTests : HybridVectorStoreContract, IAsyncLifetime
{
    private const string Variable = "RATCHET_TEST_QDRANT";

    private QdrantUnderTest? _opened;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_opened is { } opened)
        {
            foreach (string collection in await opened.Client.ListCollectionsAsync())
            {
                if (collection.StartsWith(opened.Collections.Alias, StringComparison.Ordinal))
                {
                    await opened.Client.DeleteCollectionAsync(collection);
                }
            }

            opened.Dispose();
        }
    }

    private protected override IVectorStore CreateEmpty() => Open(new QdrantOptions());

    private protected override IHybridVectorStore CreateHybrid(int averageWords, bool isFusing = false) =>
        Open(new QdrantOptions { AverageWords = averageWords, Hybrid = isFusing ? "server" : "auto" });

    private QdrantVectorStore Open(QdrantOptions options)
    {
        string? server = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(
            string.IsNullOrEmpty(server),
            $"No Qdrant server to test against. Start one (docker run -p 6334:6334 qdrant/qdrant) and set {Variable}=localhost:6334.");
        _opened = new QdrantUnderTest(
            new Uri($"http://{server}"), options with { Prefix = $"test-{Guid.CreateVersion7():N}"[..24], Exact = true });
        return _opened.Store;
    }
}
