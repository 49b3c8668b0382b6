using Microsoft.Extensions.Configuration;

namespace Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

/// <summary>Sends a request for http://rag to one of the addresses of that service; a repeated one goes to the next.</summary>
internal sealed class DiscoveryHandler(ServiceAddresses addresses) : DelegatingHandler
{
    // The handler before this one sends the same message again, and by then its address is no name any more.
    private static readonly HttpRequestOptionsKey<Uri> Asked = new("ratchet.asked");

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(Asked, out Uri? asked))
        {
            asked = request.RequestUri!;
            request.Options.Set(Asked, asked);
        }

        if (addresses.Resolve(asked) is { } resolved)
        {
            request.RequestUri = resolved;
        }

        return base.SendAsync(request, cancellationToken);
    }
}

/// <summary>
/// The addresses that the host gave for names (services:rag:http:0, services:rag:http:1 ...), taken in turn where there are
/// several, each name with a turn of its own. Names without such a setting are left as they are.
/// </summary>
internal sealed class ServiceAddresses(IConfiguration configuration)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _turns = new(StringComparer.OrdinalIgnoreCase);

    public Uri? Resolve(Uri uri)
    {
        IConfigurationSection service = configuration.GetSection($"services:{uri.Host}");

        // "https+http" means the first of the two that there is.
        string[] schemes = [.. uri.Scheme.Split('+'), "default"];
        List<string> known = [];
        for (int i = 0; known.Count == 0 && i < schemes.Length; i++)
        {
            known = [.. service.GetSection(schemes[i]).GetChildren().Select(child => child.Value).OfType<string>()];
        }

        if (known.Count == 0)
        {
            return null;
        }

        int turn = _turns.AddOrUpdate(uri.Host, 0, (_, last) => (last + 1) & int.MaxValue);
        var address = new Uri(known[turn % known.Count]);
        return new UriBuilder(uri) { Scheme = address.Scheme, Host = address.Host, Port = address.Port }.Uri;
    }
}
