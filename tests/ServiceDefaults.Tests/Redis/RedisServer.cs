using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Infrastructure.Redis;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Tests.Redis;

/// <summary>A redis-server of its own on a free port, to be used, killed and started again.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-redis-").FullName;
    private readonly List<ConnectionMultiplexer> _connections = [];
    private Process? _process;

    public int Port { get; } = FreePort();

    public async ValueTask InitializeAsync()
    {
        if (IsInstalled())
        {
            await StartAsync();
        }
    }

    /// <summary>Starts it on what it held before.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder,
                "--save", "", "--appendonly", "yes", "--appendfsync", "always",
            ])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var watch = Stopwatch.StartNew();
        while (!await IsUpAsync())
        {
            Assert.True(watch.Elapsed < Patience && !_process.HasExited, $"redis-server did not start on port {Port}.");
            await Task.Delay(50);
        }
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Takes from it all it holds.</summary>
    public async Task WipeAsync() => await (await ConnectAsync()).GetDatabase().ScriptEvaluateAsync("return redis.call('FLUSHALL')");

    /// <summary>A connection as a service opens it.</summary>
    internal async Task<RedisConnection> OpenAsync(ILogger<RedisConnection> logger)
    {
        if (!IsInstalled())
        {
            const string Missing = "redis-server is not installed; `apt-get install redis-server` brings it. On a build machine this test would fail.";
            Assert.False(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, Missing);
            Assert.Skip(Missing);
        }

        return new RedisConnection(await ConnectAsync(), TimeProvider.System, logger);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ConnectionMultiplexer connection in _connections)
        {
            await connection.DisposeAsync();
        }

        if (_process is not null)
        {
            await KillAsync();
        }

        Directory.Delete(_folder, recursive: true);
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
        var options = ConfigurationOptions.Parse($"127.0.0.1:{Port}");
        RedisConnection.Configure(options);
        ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        lock (_connections)
        {
            _connections.Add(connection);
        }

        return connection;
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            await using NetworkStream stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray());
            byte[] answer = new byte[16];
            int read = await stream.ReadAsync(answer);
            return read > 0 && answer[0] == (byte)'+';
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return false;
        }
    }

    private static bool IsInstalled() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "redis-server")));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
