using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Ratchet.Gateway.Access;

/// <summary>Knows when a key is needed and whose a key is.</summary>
public sealed class KeyRing(IOptions<GatewayOptions> options, IServer server)
{
    /// <summary>Cookie that carries the key of a person at the pages.</summary>
    public const string Cookie = "ratchet_key";

    private const string KeyPrefix = "rk-";

    private bool? _required;

    /// <summary>True where configured, or where the gateway listens on more than this machine.</summary>
    public bool IsRequired => options.Value.RequireKeys ?? (_required ??= ListensWide());

    /// <summary>Whose key it is; null for a key that nobody has.</summary>
    public Caller? Find(string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            return null;
        }

        // Keys are random and long, so one round of a plain hash is as hard to turn round as many.
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        Caller? found = null;
        foreach (GatewayKey candidate in options.Value.Keys)
        {
            byte[] expected = candidate.Hash.Length == 64 ? Convert.FromHexString(candidate.Hash) : [];
            if (CryptographicOperations.FixedTimeEquals(hash, expected))
            {
                found = new Caller(candidate.Name, Enum.Parse<Role>(candidate.Role, ignoreCase: true));
            }
        }

        return found;
    }

    /// <summary>The key that a request carries, as a bearer token or a cookie.</summary>
    public static string? Carried(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..].Trim()
            : request.Cookies[Cookie];
    }

    /// <summary>A new key and the hash of it that belongs into the configuration.</summary>
    public static (string Key, string Hash) Make()
    {
        string key = KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        return (key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
    }

    private bool ListensWide() =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses
            .Select(address => BindingAddress.Parse(address).Host)
            .Any(host => !HostRules.IsLoopback(host)) ?? false;
}
