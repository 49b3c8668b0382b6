using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Ratchet.ServiceDefaults.Caching;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Infrastructure.Redis;
using Ratchet.ServiceDefaults.Limits;
using Ratchet.ServiceDefaults.Locks;

namespace Ratchet.ServiceDefaults.Infrastructure.AspireStack;

/// <summary>Events, lock, cache and limits in Redis, where the host gave one (ConnectionStrings:redis).</summary>
internal static class StackStores
{
    private const string ConnectionName = "redis";

    internal static void AddStackStores(this IHostApplicationBuilder builder)
    {
        if (HasRedis(builder))
        {
            IServiceCollection services = builder.Services;

            // Ours says the same without taking the service down: it serves on while Redis is away.
            builder.AddRedisClient(ConnectionName, settings => settings.DisableHealthChecks = true, RedisConnection.Configure);
            services.AddOptions<RedisOptions>().BindConfiguration(RedisOptions.Section).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<RedisConnection>();
            services.AddSingleton<IDistributedLock, RedisLock>();
            services.AddSingleton<IResponseCache, RedisResponseCache>();
            services.AddSingleton<IRateLimiter, RedisRateLimiter>();
            services.AddHealthChecks().AddCheck<RedisConnection>(ConnectionName);
        }

        builder.AddLocalStores();
    }

    internal static void AddStackEventBus(this IHostApplicationBuilder builder, Func<string, string> clientOf)
    {
        if (!HasRedis(builder))
        {
            builder.Services.TryAddSingleton<IEventBus>(provider => provider.GetRequiredService<SseEventBus>());
            return;
        }

        builder.Services.TryAddSingleton<IEventBus>(provider => ActivatorUtilities.CreateInstance<RedisEventBus>(
            provider,
            (Func<string, HttpClient>)(name => provider.GetRequiredService<IHttpClientFactory>().CreateClient(clientOf(name)))));
    }

    internal static void AddStackEventFeed(this IHostApplicationBuilder builder, string publisher)
    {
        if (HasRedis(builder))
        {
            builder.Services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<RedisEventFeed>(provider, publisher));
        }
    }

    private static bool HasRedis(IHostApplicationBuilder builder) =>
        !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(ConnectionName));
}
