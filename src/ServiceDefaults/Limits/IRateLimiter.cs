namespace Ratchet.ServiceDefaults.Limits;

/// <summary>Counts what each key asks for, a minute at a time.</summary>
public interface IRateLimiter
{
    /// <summary>Takes one request and an estimate of its tokens, if both are left.</summary>
    Task<RateDecision> TakeAsync(string key, RateLimits limits, long tokens, CancellationToken cancellation);

    /// <summary>Corrects an estimate once the tokens are known; a negative number gives back.</summary>
    Task SettleAsync(string key, RateLimits limits, long tokens, CancellationToken cancellation);
}

/// <summary>What a key may ask for; null for as much as it likes.</summary>
public sealed record RateLimits(long? RequestsPerMinute, long? TokensPerMinute);

/// <summary>Whether a request may go on, and how the key stands.</summary>
/// <param name="Exceeded">"requests" or "tokens" where it may not.</param>
/// <param name="RetryAfter">When it may, if nothing else comes between.</param>
public sealed record RateDecision(RateStanding? Requests, RateStanding? Tokens, string? Exceeded, TimeSpan RetryAfter)
{
    public const string RequestsName = "requests";
    public const string TokensName = "tokens";

    public bool IsAllowed => Exceeded is null;
}

/// <summary>One of a key's two counts.</summary>
/// <param name="Reset">Until the whole limit is there again.</param>
public sealed record RateStanding(long Limit, long Remaining, TimeSpan Reset);
