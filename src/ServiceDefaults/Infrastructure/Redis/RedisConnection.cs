using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>Runs scripts in Redis, and says once when it goes away and once when it is back.</summary>
/// <remarks>Each change is one script: it happens whole or not at all, whoever is killed in the middle.</remarks>
internal sealed partial class RedisConnection(IConnectionMultiplexer redis, TimeProvider clock, ILogger<RedisConnection> logger)
    : IHealthCheck
{
    // All keys have this tag, so that on a cluster a script finds all of its keys on one node.
    private const string Tag = "{ratchet}";

    private readonly Lock _gate = new();
    private DateTimeOffset? _awaySince;

    /// <summary>Starts without Redis as well as with it, and gives up soon: a request does not wait for a cache.</summary>
    public static void Configure(ConfigurationOptions options)
    {
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = 2000;
        options.AsyncTimeout = 2000;
    }

    public static RedisKey Key(params string[] parts) => $"{Tag}:{string.Join(':', parts)}";

    /// <exception cref="RedisAwayException">Redis does not answer, or not as it should.</exception>
    public async Task<RedisResult> RunAsync(string script, RedisKey[] keys, params RedisValue[] values)
    {
        try
        {
            RedisResult result = await redis.GetDatabase().ScriptEvaluateAsync(script, keys, values);
            CameBack();
            return result;
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            WentAway(failure.Message);
            throw new RedisAwayException(failure);
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return Task.FromResult(_awaySince is { } since
                ? HealthCheckResult.Degraded(
                    $"Redis has not answered since {since:u}. Answers are not cached, limits are counted in each "
                    + "replica, and events wait in their publishers' logs until it is back.")
                : HealthCheckResult.Healthy());
        }
    }

    private void WentAway(string reason)
    {
        lock (_gate)
        {
            if (_awaySince is not null)
            {
                return;
            }

            _awaySince = clock.GetUtcNow();
        }

        LogAway(logger, reason);
    }

    private void CameBack()
    {
        if (_awaySince is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_awaySince is null)
            {
                return;
            }

            _awaySince = null;
        }

        LogBack(logger);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Reason}). Serving goes on without cache and with "
        + "limits of this replica; events wait in their publishers' logs")]
    private static partial void LogAway(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis answers again")]
    private static partial void LogBack(ILogger logger);
}

/// <summary>Redis does not answer now; its user has to do without.</summary>
internal sealed class RedisAwayException(Exception inner) : Exception($"Redis does not answer: {inner.Message}", inner);
