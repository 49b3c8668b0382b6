namespace Ratchet.ServiceDefaults.Limits;

/// <summary>
/// The arithmetic of one limit: a bucket that holds a minute's worth and fills evenly. Both limiters use it, one here and
/// one as a script.
/// </summary>
/// <param name="Level">What was left at <paramref name="At"/>; below zero where an estimate was too small.</param>
/// <param name="At">In seconds of any clock.</param>
public readonly record struct TokenBucket(double Level, double At)
{
    private const double SecondsPerMinute = 60;

    public static TokenBucket Full(long limit, double now) => new(limit, now);

    /// <summary>The bucket as it is now.</summary>
    public TokenBucket Filled(long limit, double now) =>
        new(Math.Min(limit, Level + (Math.Max(0, now - At) * limit / SecondsPerMinute)), now);

    public TokenBucket Less(double amount) => this with { Level = Level - amount };

    /// <summary>Seconds until so much is there. More than a whole bucket never is: then until it is full.</summary>
    public double SecondsUntil(double amount, long limit) =>
        Math.Max(0, (Math.Min(amount, limit) - Level) * SecondsPerMinute / limit);

    public RateStanding Standing(long limit) =>
        new(limit, Math.Max(0, (long)Math.Floor(Level)), TimeSpan.FromSeconds(SecondsUntil(limit, limit)));
}
