using Polly;
using Polly.Retry;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

/// <summary>Tries calls that may be repeated again when the other service is away or says that it is busy.</summary>
internal sealed class ResilienceHandler(TimeProvider clock) : DelegatingHandler
{
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline =
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = RetryRules.AttemptsMax,
                Delay = RetryRules.Delay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(RetryRules.IsWorthIt(arguments.Outcome)),
                OnRetry = arguments =>
                {
                    arguments.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken) =>
        RetryRules.MayRepeat(request)
            ? _pipeline.ExecuteAsync(
                async token => await base.SendAsync(request, token), cancellationToken).AsTask()
            : base.SendAsync(request, cancellationToken);
}
