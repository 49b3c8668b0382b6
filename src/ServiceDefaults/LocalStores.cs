using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Ratchet.ServiceDefaults.Caching;
using Ratchet.ServiceDefaults.Limits;
using Ratchet.ServiceDefaults.Locks;

namespace Ratchet.ServiceDefaults;

/// <summary>Lock, cache and limits where nothing is shared: one machine, one replica.</summary>
internal static class LocalStores
{
    public static void AddLocalStores(this IHostApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddOptions<CacheOptions>().BindConfiguration(CacheOptions.Section);
        services.TryAddSingleton<FileLock>();
        services.TryAddSingleton<MemoryResponseCache>();
        services.TryAddSingleton<MemoryRateLimiter>();
        services.TryAddSingleton<IDistributedLock>(provider => provider.GetRequiredService<FileLock>());
        services.TryAddSingleton<IResponseCache>(provider => provider.GetRequiredService<MemoryResponseCache>());
        services.TryAddSingleton<IRateLimiter>(provider => provider.GetRequiredService<MemoryRateLimiter>());
    }
}
