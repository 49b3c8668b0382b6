using System.Net.Http.Headers;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>Sends requests for the model to servers that are not ours, with their key in place of ours.</summary>
/// <remarks>The last before the network: whatever address discovery gave is replaced, and the services' own key never leaves.</remarks>
internal sealed class ServingHandler(ServingReplicas replicas) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (replicas.IsExternal && request.RequestUri is { } uri)
        {
            if (!replicas.All.Any(replica => replica.Authority == uri.Authority))
            {
                request.RequestUri = new Uri(replicas.Next(), uri.PathAndQuery);
            }

            request.Headers.Remove(ServiceKey.Header);
            if (replicas.ApiKey is { Length: > 0 } key)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }
        }

        return base.SendAsync(request, cancellationToken);
    }
}
