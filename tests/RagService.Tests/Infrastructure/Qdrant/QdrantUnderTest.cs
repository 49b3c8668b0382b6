using Microsoft.Extensions.Options;
using Qdrant.Client;
using Ratchet.RagService.Infrastructure.Qdrant;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>The store as the service builds it, over the real client.</summary>
internal sealed class QdrantUnderTest : IDisposable
{
    public QdrantUnderTest(Uri address, QdrantOptions? options = null, IEmbedder? embedder = null, string? key = null)
    {
        QdrantOptions settings = options ?? new QdrantOptions();
        embedder ??= new FixedEmbedder();
        Client = new QdrantClient(address, key, settings.Timeout);
        var connection = new QdrantConnection(address, key);
        Collections = new QdrantCollections(Client, connection, embedder, Options.Create(settings));
        Store = new QdrantVectorStore(Client, Collections, connection, embedder, Options.Create(settings));
    }

    public QdrantClient Client { get; }

    public QdrantCollections Collections { get; }

    public QdrantVectorStore Store { get; }

    public void Dispose()
    {
        Store.Dispose();
        Client.Dispose();
    }
}
