using Ratchet.ServiceDefaults.Limits;

namespace Ratchet.ServiceDefaults.Tests.Limits;

public sealed class MemoryRateLimiterTests : RateLimiterContract
{
    protected override IRateLimiter Limiter() => new MemoryRateLimiter(TimeProvider.System);
}
