using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Aspire.Hosting.Dashboard;

/// <summary>Who may look: whoever has been to <c>/login?t=TOKEN</c> with this start's token, from this machine.</summary>
internal sealed class BrowserAccess(DashboardOptions options)
{
    private const string CookieName = "Ratchet.Dashboard";
    private const string OtlpKeyHeader = "x-otlp-api-key";
    private const string ReadKeyHeader = "X-API-Key";
    private static readonly TimeSpan CookieLifetime = TimeSpan.FromDays(3);
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    private readonly bool _isLoopback = DashboardAddress.IsLoopback(options.Address);

    // Not the token itself: a cookie is sent to every port of the machine's name. The same for the same token, so that
    // whoever has set a token of his own stays logged in over a restart.
    private readonly string _session = Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.BrowserToken), Encoding.UTF8.GetBytes("Ratchet dashboard session")));

    public bool IsRight(string? given) => AreEqual(given, options.BrowserToken);

    public bool IsRightApiKey(HttpRequest request) => options.IsAnonymousAllowed || AreEqual(request.Headers[OtlpKeyHeader], options.OtlpApiKey);

    public bool MayRead(HttpRequest request) => IsLoggedIn(request) || AreEqual(request.Headers[ReadKeyHeader], options.ReadApiKey);

    public bool IsLoggedIn(HttpRequest request) => options.IsAnonymousAllowed || AreEqual(request.Cookies[NameFor(request)], _session);

    // Over http a cookie that https has marked as secure would never come back: each has its own.
    public void LogIn(HttpRequest request, HttpResponse response) => response.Cookies.Append(NameFor(request), _session, new CookieOptions
    {
        HttpOnly = true,
        Secure = request.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = CookieLifetime,
    });

    /// <summary>Keeps out pages of other sites that have had their name pointed at this machine, and their forms.</summary>
    public bool IsFromHere(HttpRequest request) =>
        (!_isLoopback || LoopbackNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
        && (request.Headers.Origin.Count == 0 || request.Headers.Origin == $"{request.Scheme}://{request.Host}");

    private static string NameFor(HttpRequest request) => request.IsHttps ? CookieName + ".Https" : CookieName;

    // Equal lengths of hashes: how long the comparison takes says nothing of the key.
    private static bool AreEqual(string? given, string expected) => given is not null && CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
