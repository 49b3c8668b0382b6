using Microsoft.Extensions.Configuration;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>Adds the service key to calls of other services.</summary>
internal sealed class ServiceKeyHandler(IConfiguration configuration) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string? key = configuration[ServiceKey.Setting];
        if (!string.IsNullOrEmpty(key))
        {
            request.Headers.Remove(ServiceKey.Header);
            request.Headers.Add(ServiceKey.Header, key);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
