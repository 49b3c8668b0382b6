using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Events;

/// <summary>How a service says which events it follows, and which it publishes.</summary>
public static class EventSubscriptions
{
    private const string ClientPrefix = "events-of-";

    /// <summary>Follows another service's events for as long as this one runs. Each replica is a group of its own.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="publisher">For example trainer.</param>
    /// <param name="handler">Finds what handles each event.</param>
    public static void AddEventSubscription(
        this IHostApplicationBuilder builder, string publisher, Func<IServiceProvider, Func<EventRecord, CancellationToken, Task>> handler)
    {
        builder.AddServiceClient(ClientPrefix + publisher, $"http://{publisher}", Timeout.InfiniteTimeSpan);
        builder.Services.TryAddSingleton(provider => new SseEventBus(
            name => provider.GetRequiredService<IHttpClientFactory>().CreateClient(ClientPrefix + name),
            provider.GetRequiredService<ServiceData>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        builder.AddStackEventBus(name => ClientPrefix + name);
        builder.Services.AddSingleton<IHostedService>(provider => new Follower(
            provider.GetRequiredService<IEventBus>(),
            new EventSubscription(
                publisher, Path.GetFileName(provider.GetRequiredService<ServiceData>().Folder), handler(provider))));
    }

    /// <summary>Gives this service's events, which need an <see cref="EventLog"/>, to the bus.</summary>
    public static void AddEventPublication(this IHostApplicationBuilder builder, string publisher) =>
        builder.AddStackEventFeed(publisher);

    private sealed class Follower(IEventBus bus, EventSubscription subscription) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => bus.FollowAsync(subscription, stoppingToken);
    }
}
