using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Aspire.Hosting.Dashboard;

/// <summary>Who may look: whoever has been to <c>/login?t=TOKEN</c> with this start's token, from this machine.</summary>
internal sealed class BrowserAccess(string token, string otlpApiKey, bool isAnonymousAllowed)
{
    private const string CookieName = "Ratchet.Dashboard";
    private static readonly TimeSpan CookieLifetime = TimeSpan.FromDays(3);
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    // Not the token itself: a cookie is sent to every port of the machine's name.
    private readonly string _session = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public bool IsRight(string? given) => AreEqual(given, token);

    public bool IsRightApiKey(HttpRequest request) => AreEqual(request.Headers["x-otlp-api-key"], otlpApiKey);

    public bool IsLoggedIn(HttpRequest request) => isAnonymousAllowed || AreEqual(request.Cookies[CookieName], _session);

    public void LogIn(HttpResponse response) => response.Cookies.Append(CookieName, _session, new CookieOptions
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = CookieLifetime,
    });

    /// <summary>Keeps out pages of other sites that have had their name pointed at this machine, and their forms.</summary>
    public static bool IsFromHere(HttpRequest request) =>
        LoopbackNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase)
        && (request.Headers.Origin.Count == 0 || request.Headers.Origin == $"{request.Scheme}://{request.Host}");

    private static bool AreEqual(string? given, string expected) => given is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
