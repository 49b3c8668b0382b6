using System.Net;
using Microsoft.Extensions.Options;

namespace Ratchet.Gateway.Access;

/// <summary>
/// Which Host and Origin headers are let in. A page of some other site can make a browser talk to this machine; it cannot
/// forge these two headers.
/// </summary>
public sealed class HostRules(IOptions<GatewayOptions> options)
{
    public bool AllowsHost(HostString host) =>
        IsLoopback(host.Host) || options.Value.Hosts.Contains(host.Host, StringComparer.OrdinalIgnoreCase);

    /// <summary>True where the request comes from a page of ours, from an allowed one, or from no page at all.</summary>
    public bool AllowsOrigin(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            // Old browsers leave Origin out of some posts, but say where they come from.
            return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none";
        }

        // What a stricter Referrer-Policy, of a proxy before us for example, makes of our own origin. No page can forge the other header.
        if (origin == "null" && request.Headers["Sec-Fetch-Site"] == "same-origin")
        {
            return true;
        }

        return origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            || options.Value.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
