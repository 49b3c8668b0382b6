using Ratchet.RagService.Infrastructure.Embedded;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService;

/// <summary>What the service has in this stack alone.</summary>
internal static class RagStack
{
    public static WebApplicationBuilder AddVectorStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IVectorStore, EmbeddedVectorStore>();
        return builder;
    }
}
