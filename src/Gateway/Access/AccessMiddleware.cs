using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Access;

/// <summary>The door: Host, Origin, key and role, in this order, for every request.</summary>
public sealed class AccessMiddleware(RequestDelegate next, HostRules hosts, KeyRing keys)
{
    /// <summary>Where a person gives a key; it must be reachable without one.</summary>
    public const string LoginPath = "/login";

    public Task InvokeAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        HttpRequest request = http.Request;
        AddSafetyHeaders(http);
        if (!hosts.AllowsHost(request.Host))
        {
            throw new ApiException(
                403, "host_not_allowed",
                $"The gateway was asked as '{request.Host.Host}', a name it does not go by. Ask it as localhost, or add the name "
                + "to the setting Gateway:Hosts.");
        }

        bool changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        if (changes && !hosts.AllowsOrigin(request))
        {
            throw new ApiException(
                403, "origin_not_allowed",
                $"A page of '{request.Headers.Origin}' sent this request, and only the gateway's own pages may. Add the origin "
                + "to the setting Gateway:Origins if it should.");
        }

        Caller? caller = keys.IsRequired ? keys.Find(KeyRing.Carried(request)) : Caller.Local;
        if (caller is null)
        {
            if (IsOpen(request.Path))
            {
                return next(http);
            }

            if (WantsPage(request))
            {
                http.Response.Redirect($"{LoginPath}?to={Uri.EscapeDataString(request.Path + request.QueryString)}");
                return Task.CompletedTask;
            }

            throw new ApiException(
                401, "invalid_api_key",
                "This gateway listens on more than its own machine, so every request needs a key: send it as "
                + "'Authorization: Bearer KEY'. An operator makes one with 'dotnet run --project src/Gateway -- make-key NAME ROLE'.");
        }

        Role wanted = http.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>()?.For(request.Method) ?? Role.Reader;
        if (caller.Role < wanted)
        {
            string name = wanted.ToString().ToLowerInvariant();
            throw new ApiException(
                403, "role_too_low",
                $"{request.Method} {request.Path} wants the role {name}, and the key of '{caller.Name}' has "
                + $"{caller.Role.ToString().ToLowerInvariant()}. Use a key with the role {name}.");
        }

        http.Features.Set(caller);
        return next(http);
    }

    internal static bool WantsPage(HttpRequest request) =>
        !IsForPrograms(request.Path)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    // OpenAI's routes, and Ollama's.
    private static bool IsForPrograms(PathString path) => path.StartsWithSegments("/v1") || path.StartsWithSegments("/api");

    private static bool IsOpen(PathString path) =>
        path == LoginPath || path == "/health" || path == "/alive" || path.StartsWithSegments("/assets");

    // What a document or a model wrote is shown on these pages: nothing of it may run, and nothing is loaded from elsewhere.
    private static void AddSafetyHeaders(HttpContext http)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";

        // Not "no-referrer": browsers then send "Origin: null" with our own forms, which are told by it from those of other sites.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = IsForPrograms(http.Request.Path)
            ? "default-src 'none'; frame-ancestors 'none'; sandbox"
            : "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    }
}
