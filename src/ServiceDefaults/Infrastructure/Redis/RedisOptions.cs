using System.ComponentModel.DataAnnotations;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>How Redis is used, from the section "Redis".</summary>
public sealed record RedisOptions
{
    public const string Section = "Redis";

    /// <summary>Events of one publisher that Redis holds; older ones come from the publisher's own log.</summary>
    [Range(10, 10_000_000)]
    public int EventsMax { get; init; } = 10_000;

    /// <summary>How often a follower looks for news.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>An event whose handler has been silent for so long goes to another of its group.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan ClaimAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A lock whose holder is silent for so long is free. It is renewed three times in this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan LockKept { get; init; } = TimeSpan.FromSeconds(30);
}
