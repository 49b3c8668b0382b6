using Microsoft.Extensions.Options;
using Qdrant.Client;
using Ratchet.RagService.Infrastructure.Qdrant;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Search;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>The store as the service builds it, over the real client.</summary>
internal sealed class QdrantUnderTest : IDisposable
{
    public QdrantUnderTest(
        Uri address, QdrantOptions? options = null, IEmbedder? embedder = null, string? key = null, SearchOptions? search = null)
    {
        QdrantOptions settings = options ?? new QdrantOptions();
        embedder ??= new FixedEmbedder();
        Client = new QdrantClient(address, key, settings.Timeout);
        var connection = new QdrantConnection(address, key);
        Collections = new QdrantCollections(Client, connection, embedder, Options.Create(settings), Options.Create(search ?? new SearchOptions()));
        Store = new QdrantVectorStore(Client, Collections, connection, embedder, Options.Create(settings), new HybridReport(Log));
    }

    /// <summary>What was said about who ranks by words.</summary>
    public LinesLogger<HybridReport> Log { get; } = new();

    public QdrantClient Client { get; }

    public QdrantCollections Collections { get; }

    public QdrantVectorStore Store { get; }

    public void Dispose()
    {
        Store.Dispose();
        Client.Dispose();
    }
}
