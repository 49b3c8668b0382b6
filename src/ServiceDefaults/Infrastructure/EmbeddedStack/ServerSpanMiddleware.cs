using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

/// <summary>Route, status and name of the request's span, as OpenTelemetry's conventions for HTTP servers have them.</summary>
internal sealed class ServerSpanMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        Activity? span = http.Features.Get<IHttpActivityFeature>()?.Activity;
        if (span is not { IsAllDataRequested: true })
        {
            await next(http);
            return;
        }

        try
        {
            await next(http);
        }
        finally
        {
            Complete(span, http);
        }
    }

    private static void Complete(Activity span, HttpContext http)
    {
        // An exception handler takes the endpoint away, and keeps it in its feature.
        Endpoint? endpoint = http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        int status = http.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if ((endpoint as RouteEndpoint)?.RoutePattern.RawText is { Length: > 0 } pattern)
        {
            string route = pattern[0] == '/' ? pattern : "/" + pattern;
            span.SetTag("http.route", route);
            span.DisplayName = $"{http.Request.Method} {route}";
        }
        else
        {
            span.DisplayName = http.Request.Method;
        }

        // What a caller did wrong is not the server's error.
        if (status >= 500)
        {
            span.SetTag("error.type", http.Features.Get<IExceptionHandlerFeature>()?.Error.GetType().FullName
                ?? status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
