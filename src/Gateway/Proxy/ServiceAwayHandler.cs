namespace Ratchet.Gateway.Proxy;

/// <summary>Gives a failed connection the name of the service that it was meant for.</summary>
public sealed class ServiceAwayHandler(string service) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failure) when (failure.StatusCode is null)
        {
            throw new ServiceAwayException(service, failure);
        }
    }
}
