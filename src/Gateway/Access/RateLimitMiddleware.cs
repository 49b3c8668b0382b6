using System.Globalization;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Limits;

namespace Ratchet.Gateway.Access;

/// <summary>Requests and tokens per minute of each key, on the routes that ask a model; told in OpenAI's headers.</summary>
public sealed class RateLimitMiddleware(
    RequestDelegate next, IRateLimiter limiter, KeyRing keys, IOptions<GatewayOptions> options)
{
    // A token is about four characters of English; the true number is settled when the answer has it.
    private const int CharactersPerToken = 4;

    private static readonly string[] Routes = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"];

    public async Task InvokeAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var caller = Caller.Of(http);
        if (!HttpMethods.IsPost(http.Request.Method) || !Routes.Contains(http.Request.Path.Value) || LimitsOf(caller) is not { } limits)
        {
            await next(http);
            return;
        }

        long estimate = (http.Request.ContentLength ?? 0) / CharactersPerToken;
        RateDecision decision = await limiter.TakeAsync(caller.Name, limits, estimate, http.RequestAborted);

        // An error's answer is begun anew and loses its headers; these are told with either.
        http.Response.OnStarting(() =>
        {
            Tell(http.Response.Headers, RateDecision.RequestsName, decision.Requests);
            Tell(http.Response.Headers, RateDecision.TokensName, decision.Tokens);
            return Task.CompletedTask;
        });
        if (decision.Exceeded is { } what)
        {
            long limit = (what == RateDecision.RequestsName ? limits.RequestsPerMinute : limits.TokensPerMinute)!.Value;
            throw new ApiException(
                429, "rate_limit_exceeded",
                $"'{caller.Name}' has used its {limit:N0} {what} per minute. Try again in {Duration(decision.RetryAfter)}; an operator "
                + "can raise the limit with Gateway:Limits, or for this key alone.")
            {
                RetryAfter = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(decision.RetryAfter.TotalSeconds))),
            };
        }

        var charge = new RateCharge(estimate);
        http.Features.Set(charge);
        try
        {
            await next(http);
        }
        finally
        {
            if (charge.Tokens is { } tokens && tokens != estimate)
            {
                await limiter.SettleAsync(caller.Name, limits, tokens - estimate, CancellationToken.None);
            }
        }
    }

    /// <summary>Time as OpenAI's headers write it: 120ms, 1s, 6m0s.</summary>
    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds)}ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds}s"),
    };

    // Whoever sits at the machine itself has no limit unless one is set; with keys there is one unless it is taken away.
    private RateLimits? LimitsOf(Caller caller)
    {
        GatewayLimits all = options.Value.Limits;
        GatewayKey? key = options.Value.Keys.Find(key => key.Name == caller.Name);
        long requests = key?.RequestsPerMinute ?? all.RequestsPerMinute ?? (keys.IsRequired ? GatewayLimits.RequestsUsual : 0);
        long tokens = key?.TokensPerMinute ?? all.TokensPerMinute ?? (keys.IsRequired ? GatewayLimits.TokensUsual : 0);
        return requests <= 0 && tokens <= 0 ? null : new RateLimits(requests > 0 ? requests : null, tokens > 0 ? tokens : null);
    }

    private static void Tell(IHeaderDictionary headers, string what, RateStanding? standing)
    {
        if (standing is not null)
        {
            headers[$"x-ratelimit-limit-{what}"] = standing.Limit.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-remaining-{what}"] = standing.Remaining.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-reset-{what}"] = Duration(standing.Reset);
        }
    }
}

/// <summary>What a request is charged for; set right by whoever learns what it took.</summary>
public sealed class RateCharge(long estimate)
{
    public long Estimate { get; } = estimate;

    /// <summary>Tokens it took; null where nobody said.</summary>
    public long? Tokens { get; set; }
}
