using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.Gateway.Models;

/// <summary>Other OpenAI-compatible servers, asked in their order while the model's own servers fail.</summary>
public sealed partial class FallbackServers(
    IHttpClientFactory clients, IOptions<GatewayOptions> options, ILogger<FallbackServers> logger)
{
    /// <summary>The HTTP client of these servers: neither the services' key nor that of vLLM goes with it.</summary>
    public const string Client = "fallback";

    /// <summary>The first answer, and who gave it; null where nobody did.</summary>
    public async Task<(HttpResponseMessage Response, FallbackServer Server)?> TryAsync(
        ChatCompletionRequest request, CancellationToken cancellation)
    {
        foreach (FallbackServer server in options.Value.Fallbacks)
        {
            request.Model = server.Model;
            try
            {
                HttpResponseMessage response = await ModelServers.PostAsync(
                    clients.CreateClient(Client), AddressOf(server), request, cancellation, message =>
                    {
                        if (!string.IsNullOrEmpty(server.ApiKey))
                        {
                            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.ApiKey);
                        }
                    });
                if (response.IsSuccessStatusCode)
                {
                    return (response, server);
                }

                LogRefused(logger, server.Url, (int)response.StatusCode);
                response.Dispose();
            }
            catch (HttpRequestException failure)
            {
                LogAway(logger, server.Url, failure.Message);
            }
        }

        return null;
    }

    // People write the address with and without /v1.
    private static Uri AddressOf(FallbackServer server)
    {
        string root = server.Url.TrimEnd('/');
        return new Uri(root.EndsWith("/v1", StringComparison.Ordinal) ? $"{root}/chat/completions" : $"{root}/v1/chat/completions");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fallback {Server} answered {Status}")]
    private static partial void LogRefused(ILogger logger, string server, int status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fallback {Server} does not answer: {Reason}")]
    private static partial void LogAway(ILogger logger, string server, string reason);
}
