using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Caching;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>Answers that all replicas share. While Redis is away nothing is found and nothing kept.</summary>
internal sealed class RedisResponseCache(RedisConnection redis, IOptions<CacheOptions> options) : IResponseCache
{
    private const string FindScript = "return redis.call('GET', KEYS[1])";

    // Keys: the answer, then for each document the mark that it is gone and the set of its answers.
    private const string KeepScript =
        """
        for i = 2, #KEYS, 2 do
          if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
        end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        for i = 3, #KEYS, 2 do
          redis.call('SADD', KEYS[i], KEYS[1])
          redis.call('PEXPIRE', KEYS[i], ARGV[2])
        end
        return 1
        """;

    private const string ForgetScript =
        """
        redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
        for _, answer in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', answer) end
        redis.call('DEL', KEYS[2])
        return 1
        """;

    public async Task<byte[]?> FindAsync(string key, CancellationToken cancellation)
    {
        try
        {
            return (byte[]?)await redis.RunAsync(FindScript, [AnswerKey(key)]);
        }
        catch (RedisAwayException)
        {
            return null;
        }
    }

    public async Task KeepAsync(string key, byte[] answer, IReadOnlyCollection<string> documents, CancellationToken cancellation)
    {
        if (answer.Length > options.Value.AnswerBytesMax)
        {
            return;
        }

        try
        {
            await redis.RunAsync(
                KeepScript, [AnswerKey(key), .. documents.SelectMany(document => (RedisKey[])[GoneKey(document), SetKey(document)])],
                answer, Milliseconds());
        }
        catch (RedisAwayException)
        {
            // A miss later.
        }
    }

    public async Task ForgetAsync(string document, CancellationToken cancellation)
    {
        try
        {
            await redis.RunAsync(ForgetScript, [GoneKey(document), SetKey(document)], Milliseconds());
        }
        catch (RedisAwayException away)
        {
            throw new IOException("Answers in Redis could not be forgotten, since it does not answer; to be tried again.", away);
        }
    }

    private long Milliseconds() => (long)options.Value.Kept.TotalMilliseconds;

    private static RedisKey AnswerKey(string key) => RedisConnection.Key("answer", key);

    private static RedisKey GoneKey(string document) => RedisConnection.Key("answer-gone", document);

    private static RedisKey SetKey(string document) => RedisConnection.Key("answers-of", document);
}
