namespace Ratchet.ServiceDefaults.Caching;

/// <summary>Keeps answers under keys that hold everything the answer depends on. It may forget any of them at any time.</summary>
public interface IResponseCache
{
    /// <summary>The kept answer, or null.</summary>
    Task<byte[]?> FindAsync(string key, CancellationToken cancellation);

    /// <summary>Keeps an answer; not where one of its documents was forgotten while the answer was written.</summary>
    /// <param name="key">Everything the answer depends on, as a hash.</param>
    /// <param name="answer">As it is to come back.</param>
    /// <param name="documents">Ids of the documents whose text the answer may hold.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task KeepAsync(string key, byte[] answer, IReadOnlyCollection<string> documents, CancellationToken cancellation);

    /// <summary>Forgets every answer that a document stands behind, and refuses those that are still being written.</summary>
    /// <exception cref="IOException">It could not be done now, and must be asked for again.</exception>
    Task ForgetAsync(string document, CancellationToken cancellation);
}

/// <summary>Limits of a cache, from the section "Cache".</summary>
public sealed class CacheOptions
{
    public const string Section = "Cache";

    /// <summary>How long an answer may be given again.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Answers in the memory of one process.</summary>
    public int EntriesMax { get; set; } = 2000;

    /// <summary>Bytes of them.</summary>
    public long BytesMax { get; set; } = 64L << 20;

    /// <summary>Longer answers are not kept.</summary>
    public int AnswerBytesMax { get; set; } = 256 << 10;
}
