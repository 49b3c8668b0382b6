using System.Net;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.Gateway.Models;

/// <summary>Sends a chat to a server that has its model; where one is away, full, or without it after all, to the next.</summary>
public sealed class ModelServers(IHttpClientFactory clients, ReplicaTable table)
{
    private const string Path = "v1/chat/completions";

    /// <summary>The answer of the first server that takes the request, else the last refusal.</summary>
    /// <exception cref="Ratchet.ServiceDefaults.Errors.ApiException">503: no server answers at all.</exception>
    public async Task<HttpResponseMessage> SendAsync(ChatCompletionRequest request, CancellationToken cancellation)
    {
        HttpResponseMessage? refusal = null;
        foreach (Uri server in await table.ForAsync(request.Model!, cancellation))
        {
            HttpResponseMessage response;
            try
            {
                response = await PostAsync(clients.CreateClient(ServingReplicas.Client), new Uri(server, Path), request, cancellation);
            }
            catch (HttpRequestException)
            {
                table.Doubt(server);
                continue;
            }

            refusal?.Dispose();
            if (!CanAnotherHelp(response.StatusCode))
            {
                return response;
            }

            if (response.StatusCode != HttpStatusCode.TooManyRequests)
            {
                table.Doubt(server);
            }

            refusal = response;
        }

        return refusal ?? throw ServiceErrors.Away(Services.Inference);
    }

    internal static async Task<HttpResponseMessage> PostAsync(
        HttpClient client, Uri address, ChatCompletionRequest request, CancellationToken cancellation, Action<HttpRequestMessage>? complete = null)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = JsonContent.Create(request, options: WireJson.Options),
        };
        complete?.Invoke(message);
        return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    private static bool CanAnotherHelp(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
