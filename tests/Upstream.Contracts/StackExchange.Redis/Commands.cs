namespace StackExchange.Redis;

public interface IDatabaseAsync
{
    Task<RedisResult> ScriptEvaluateAsync(string script, RedisKey[]? keys = null, RedisValue[]? values = null, CommandFlags flags = CommandFlags.None);
}

public interface IDatabase : IDatabaseAsync;

[Flags]
public enum CommandFlags
{
    None = 0,
}

public readonly struct RedisKey
{
    public static implicit operator RedisKey(string? key) => throw null!;
}

public readonly struct RedisValue
{
    public static implicit operator RedisValue(int value) => throw null!;

    public static implicit operator RedisValue(long value) => throw null!;

    public static implicit operator RedisValue(string? value) => throw null!;

    public static implicit operator RedisValue(byte[]? value) => throw null!;

    public static explicit operator long(RedisValue value) => throw null!;

    public static implicit operator string?(RedisValue value) => throw null!;
}

public abstract class RedisResult
{
    public abstract bool IsNull { get; }

    public static explicit operator string?(RedisResult? result) => throw null!;

    public static explicit operator byte[]?(RedisResult? result) => throw null!;

    public static explicit operator long(RedisResult result) => throw null!;

    public static explicit operator int(RedisResult result) => throw null!;

    public static explicit operator RedisValue[]?(RedisResult? result) => throw null!;

    public static explicit operator RedisResult[]?(RedisResult? result) => throw null!;
}
