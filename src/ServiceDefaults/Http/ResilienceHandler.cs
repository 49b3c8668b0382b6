using System.Net;
using Polly;
using Polly.Retry;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>Tries calls that may be repeated again when the other service is away or says that it is busy.</summary>
internal sealed class ResilienceHandler(TimeProvider clock) : DelegatingHandler
{
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline =
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 3,
                Delay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is HttpRequestException
                    || arguments.Outcome.Result?.StatusCode is HttpStatusCode.ServiceUnavailable
                        or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout),
                OnRetry = arguments =>
                {
                    arguments.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken) =>
        MayRepeat(request)
            ? _pipeline.ExecuteAsync(
                async token => await base.SendAsync(request, token), cancellationToken).AsTask()
            : base.SendAsync(request, cancellationToken);

    // A body that was sent may be gone: only calls without one, or with a buffered one and a key, can be repeated.
    private static bool MayRepeat(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get
        || request.Method == HttpMethod.Head
        || (request.Method == HttpMethod.Delete && request.Content is null)
        || (request.Headers.Contains("Idempotency-Key") && request.Content is null or ByteArrayContent);
}
