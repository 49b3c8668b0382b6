using Ratchet.ServiceDefaults.Caching;

namespace Ratchet.ServiceDefaults.Tests.Caching;

/// <summary>What every cache of answers must do.</summary>
public abstract class ResponseCacheContract
{
    protected const int AnswerBytesMax = 1000;

    /// <summary>The cache as one more replica sees it.</summary>
    protected abstract IResponseCache Cache(TimeSpan? kept = null);

    [Fact]
    public async Task What_was_kept_is_found_byte_for_byte_and_nothing_else_is()
    {
        IResponseCache cache = Cache();
        string key = Id();
        byte[] answer = [0, 1, 255, 10, 13, 0];

        await cache.KeepAsync(key, answer, [Id()], CancellationToken.None);

        Assert.Equal(answer, await cache.FindAsync(key, CancellationToken.None));
        Assert.Null(await cache.FindAsync(Id(), CancellationToken.None));
    }

    [Fact]
    public async Task The_later_answer_takes_the_place_of_the_earlier()
    {
        IResponseCache cache = Cache();
        string key = Id();

        await cache.KeepAsync(key, [1], [], CancellationToken.None);
        await cache.KeepAsync(key, [2], [], CancellationToken.None);

        Assert.Equal([2], await cache.FindAsync(key, CancellationToken.None));
    }

    [Fact]
    public async Task A_forgotten_document_takes_every_answer_it_stands_behind_and_no_other()
    {
        IResponseCache cache = Cache();
        string gone = Id(), stays = Id(), first = Id(), second = Id(), third = Id();
        await cache.KeepAsync(first, [1], [gone], CancellationToken.None);
        await cache.KeepAsync(second, [2], [stays, gone], CancellationToken.None);
        await cache.KeepAsync(third, [3], [stays], CancellationToken.None);

        await cache.ForgetAsync(gone, CancellationToken.None);

        Assert.Null(await cache.FindAsync(first, CancellationToken.None));
        Assert.Null(await cache.FindAsync(second, CancellationToken.None));
        Assert.Equal([3], await cache.FindAsync(third, CancellationToken.None));
    }

    // F157: the answer was being written when its document was deleted.
    [Fact]
    public async Task An_answer_that_comes_after_its_document_was_forgotten_is_not_kept()
    {
        IResponseCache cache = Cache();
        string document = Id(), key = Id();
        await cache.ForgetAsync(document, CancellationToken.None);

        await cache.KeepAsync(key, [1], [Id(), document], CancellationToken.None);

        Assert.Null(await cache.FindAsync(key, CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_not_kept()
    {
        IResponseCache cache = Cache();
        string key = Id();

        await cache.KeepAsync(key, new byte[AnswerBytesMax + 1], [], CancellationToken.None);

        Assert.Null(await cache.FindAsync(key, CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_is_given_again_only_for_its_time()
    {
        IResponseCache cache = Cache(kept: TimeSpan.FromMilliseconds(100));
        string key = Id();
        await cache.KeepAsync(key, [1], [], CancellationToken.None);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await cache.FindAsync(key, CancellationToken.None) is not null)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    protected static string Id() => Guid.NewGuid().ToString("N");
}
