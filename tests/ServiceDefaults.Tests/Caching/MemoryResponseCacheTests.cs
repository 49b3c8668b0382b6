using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Caching;

namespace Ratchet.ServiceDefaults.Tests.Caching;

public sealed class MemoryResponseCacheTests : ResponseCacheContract
{
    [Fact]
    public async Task Memory_is_bounded_and_what_was_not_asked_for_longest_goes_first()
    {
        var cache = new MemoryResponseCache(
            Options.Create(new CacheOptions { EntriesMax = 3, BytesMax = 100, AnswerBytesMax = AnswerBytesMax }), TimeProvider.System);
        foreach (string key in (string[])["a", "b", "c"])
        {
            await cache.KeepAsync(key, new byte[10], [], CancellationToken.None);
        }

        await cache.FindAsync("a", CancellationToken.None);
        await cache.KeepAsync("d", new byte[10], [], CancellationToken.None);

        Assert.Equal((3, 30L), cache.Held);
        Assert.Null(await cache.FindAsync("b", CancellationToken.None));
        Assert.NotNull(await cache.FindAsync("a", CancellationToken.None));

        await cache.KeepAsync("large", new byte[95], [], CancellationToken.None);
        Assert.Equal((1, 95L), cache.Held);
    }

    protected override IResponseCache Cache(TimeSpan? kept = null) => new MemoryResponseCache(
        Options.Create(new CacheOptions { Kept = kept ?? TimeSpan.FromHours(1), AnswerBytesMax = AnswerBytesMax }), TimeProvider.System);
}
