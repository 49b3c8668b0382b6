using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.ServiceDefaults.Infrastructure.AspireStack;

/// <summary>Discovery and patience of HTTP clients by Microsoft.Extensions.ServiceDiscovery and Http.Resilience.</summary>
internal static class StackClients
{
    internal static void AddStackClients(this IServiceCollection services) => services.AddServiceDiscovery();

    // Not the standard pipeline: it gives up after 30 seconds, and an answer may be written for minutes.
    internal static IHttpClientBuilder WithStackHandlers(this IHttpClientBuilder client)
    {
        client.AddResilienceHandler("ratchet", pipeline => pipeline.AddRetry(new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = RetryRules.AttemptsMax,
            Delay = RetryRules.Delay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Context.GetRequestMessage() is { } request && RetryRules.MayRepeat(request)
                && RetryRules.IsWorthIt(arguments.Outcome)),
        }));
        return client.AddServiceDiscovery();
    }
}
