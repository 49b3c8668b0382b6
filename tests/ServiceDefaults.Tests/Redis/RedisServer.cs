using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Infrastructure.Redis;
using Ratchet.TestKit.Servers;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Tests.Redis;

/// <summary>A redis-server for the tests of a class, with connections as services open them.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private readonly RedisProcess _process = new();
    private readonly List<ConnectionMultiplexer> _connections = [];

    public int Port => _process.Port;

    public async ValueTask InitializeAsync()
    {
        if (RedisProcess.IsInstalled)
        {
            await StartAsync();
        }
    }

    /// <summary>Starts it on what it held before.</summary>
    public Task StartAsync() => _process.StartAsync();

    /// <summary>Ends it as a power cut would.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Takes from it all it holds.</summary>
    public async Task WipeAsync() => await (await ConnectAsync()).GetDatabase().ScriptEvaluateAsync("return redis.call('FLUSHALL')");

    /// <summary>A connection as a service opens it.</summary>
    internal async Task<RedisConnection> OpenAsync(ILogger<RedisConnection> logger)
    {
        if (!RedisProcess.IsInstalled)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, RedisProcess.Missing);
            Assert.Skip(RedisProcess.Missing);
        }

        return new RedisConnection(await ConnectAsync(), TimeProvider.System, logger);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ConnectionMultiplexer connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _process.DisposeAsync();
    }

    internal static IOptions<RedisOptions> Quick(int eventsMax = 10_000, int claimAfterMilliseconds = 60_000, int lockMilliseconds = 30_000) =>
        Options.Create(new RedisOptions
        {
            EventsMax = eventsMax,
            LookEvery = TimeSpan.FromMilliseconds(10),
            ClaimAfter = TimeSpan.FromMilliseconds(claimAfterMilliseconds),
            LockKept = TimeSpan.FromMilliseconds(lockMilliseconds),
        });

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(_process.Address);
        RedisConnection.Configure(options);
        ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        lock (_connections)
        {
            _connections.Add(connection);
        }

        return connection;
    }
}
