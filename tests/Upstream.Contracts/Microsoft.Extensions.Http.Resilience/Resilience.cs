using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Retry;

namespace Microsoft.Extensions.DependencyInjection
{
    public static class ResilienceHttpClientBuilderExtensions
    {
        public static IHttpResiliencePipelineBuilder AddResilienceHandler(this IHttpClientBuilder builder, string pipelineName, Action<ResiliencePipelineBuilder<HttpResponseMessage>> configure) => throw null!;
    }
}

namespace Microsoft.Extensions.Http.Resilience
{
    public interface IHttpResiliencePipelineBuilder;

    public class HttpRetryStrategyOptions : RetryStrategyOptions<HttpResponseMessage>
    {
        public HttpRetryStrategyOptions() => throw null!;
    }
}

namespace Polly
{
    public static class HttpResilienceContextExtensions
    {
        public static HttpRequestMessage? GetRequestMessage(this ResilienceContext context) => throw null!;
    }
}
