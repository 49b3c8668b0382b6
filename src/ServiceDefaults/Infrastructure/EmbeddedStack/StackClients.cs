using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

/// <summary>Discovery and patience of HTTP clients, as handlers of ours.</summary>
internal static class StackClients
{
    internal static void AddStackClients(this IServiceCollection services)
    {
        services.TryAddSingleton<ServiceAddresses>();
        services.TryAddTransient<DiscoveryHandler>();
        services.TryAddTransient<ResilienceHandler>();
    }

    internal static IHttpClientBuilder WithStackHandlers(this IHttpClientBuilder client) => client
        .AddHttpMessageHandler<ResilienceHandler>()
        .AddHttpMessageHandler<DiscoveryHandler>();
}
