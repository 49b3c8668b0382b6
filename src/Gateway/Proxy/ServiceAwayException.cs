namespace Ratchet.Gateway.Proxy;

/// <summary>No answer came from a service; says which one, since by then its name has become an address.</summary>
public sealed class ServiceAwayException(string service, Exception inner)
    : HttpRequestException($"The service '{service}' does not answer: {inner.Message}", inner)
{
    public string Service { get; } = service;
}
