using Microsoft.Extensions.Configuration;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>
/// Turns http://rag into the address that the host gave for it (services:rag:http:0, services:rag:http:1 ...), taking turns
/// where there are several. Hosts without such a setting are left as they are.
/// </summary>
internal sealed class DiscoveryHandler(IConfiguration configuration) : DelegatingHandler
{
    private static int _turn;

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { } uri && Resolve(configuration, uri) is { } resolved)
        {
            request.RequestUri = resolved;
        }

        return base.SendAsync(request, cancellationToken);
    }

    internal static Uri? Resolve(IConfiguration configuration, Uri uri)
    {
        IConfigurationSection service = configuration.GetSection($"services:{uri.Host}");
        List<string> addresses = [.. service.GetSection(uri.Scheme).GetChildren()
            .Concat(service.GetSection("default").GetChildren())
            .Select(child => child.Value)
            .OfType<string>()];
        if (addresses.Count == 0)
        {
            return null;
        }

        int turn = (int)((uint)Interlocked.Increment(ref _turn) % (uint)addresses.Count);
        var address = new Uri(addresses[turn]);
        return new UriBuilder(uri) { Scheme = address.Scheme, Host = address.Host, Port = address.Port }.Uri;
    }
}
