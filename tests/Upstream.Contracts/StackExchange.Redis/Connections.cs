namespace StackExchange.Redis;

public interface IConnectionMultiplexer
{
    IDatabase GetDatabase(int db = -1, object? asyncState = null);
}

public sealed class ConnectionMultiplexer : IConnectionMultiplexer, IDisposable, IAsyncDisposable
{
    private ConnectionMultiplexer() => throw null!;

    public static Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration, TextWriter? log = null) => throw null!;

    public IDatabase GetDatabase(int db = -1, object? asyncState = null) => throw null!;

    public void Dispose() => throw null!;

    public ValueTask DisposeAsync() => throw null!;
}

public sealed class ConfigurationOptions
{
    public ConfigurationOptions() => throw null!;

    public static ConfigurationOptions Parse(string configuration) => throw null!;

    public bool AbortOnConnectFail { get => throw null!; set => throw null!; }

    public BacklogPolicy BacklogPolicy { get => throw null!; set => throw null!; }

    public int ConnectTimeout { get => throw null!; set => throw null!; }

    public int AsyncTimeout { get => throw null!; set => throw null!; }
}

public sealed class BacklogPolicy
{
    public static BacklogPolicy FailFast => throw null!;
}

public class RedisException : Exception;
