using Ratchet.RagService.Infrastructure.Embedded;
using Ratchet.RagService.Infrastructure.Qdrant;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService;

/// <summary>What the service has in this stack alone.</summary>
internal static class RagStack
{
    private const string Connection = "qdrant";

    /// <summary>Qdrant where the host names one, else the store in memory.</summary>
    public static WebApplicationBuilder AddVectorStore(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetConnectionString(Connection) is null or "")
        {
            builder.Services.AddSingleton<IVectorStore, EmbeddedVectorStore>();
            return builder;
        }

        builder.AddQdrantClient(Connection);
        builder.Services.AddSingleton<QdrantCollections>();
        builder.Services.AddSingleton<HybridReport>();
        builder.Services.AddSingleton<QdrantVectorStore>();
        builder.Services.AddSingleton<CatchingUpVectorStore>();
        builder.Services.AddSingleton<IVectorStore>(provider => provider.GetRequiredService<CatchingUpVectorStore>());
        builder.Services.AddSingleton<VectorCatchUp>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<VectorCatchUp>());
        builder.Services.AddHealthChecks().AddCheck<VectorCatchUp>("vectors");
        return builder;
    }
}
