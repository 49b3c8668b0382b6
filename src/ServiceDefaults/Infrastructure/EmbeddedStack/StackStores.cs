using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Ratchet.ServiceDefaults.Events;

namespace Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

/// <summary>Files, memory and server-sent events in the place of Redis.</summary>
internal static class StackStores
{
    internal static void AddStackStores(this IHostApplicationBuilder builder) => builder.AddLocalStores();

    internal static void AddStackEventBus(this IHostApplicationBuilder builder, Func<string, string> clientOf)
    {
        _ = clientOf;
        builder.Services.TryAddSingleton<IEventBus>(provider => provider.GetRequiredService<SseEventBus>());
    }

    /// <summary>Followers come to the publisher: there is nothing to feed.</summary>
    internal static void AddStackEventFeed(this IHostApplicationBuilder builder, string publisher) => _ = (builder, publisher);
}
