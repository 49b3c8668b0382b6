using System.Net;
using Polly;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>Which calls may be sent again, and when it is worth it; the same in both stacks.</summary>
internal static class RetryRules
{
    public const int AttemptsMax = 3;

    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    // A body that was sent may be gone: only calls without one, or with a buffered one and a key, can be repeated.
    public static bool MayRepeat(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get
        || request.Method == HttpMethod.Head
        || (request.Method == HttpMethod.Delete && request.Content is null)
        || (request.Headers.Contains("Idempotency-Key") && request.Content is null or ByteArrayContent);

    public static bool IsWorthIt(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException
        || outcome.Result?.StatusCode is HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout;
}
