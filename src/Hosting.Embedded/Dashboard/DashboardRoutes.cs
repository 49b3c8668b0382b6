using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard's pages, its live streams and the way in.</summary>
internal sealed class DashboardRoutes(
    ResourceNotificationService notifications, ResourceLoggerService logs, ResourceCommandService commands, BrowserAccess access,
    TelemetryIntake intake)
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'";

    public void Map(WebApplication app)
    {
        app.Use(GuardAsync);
        app.MapEmbeddedAssets(typeof(DashboardRoutes).Assembly);
        app.MapGet("/login", LogIn);
        app.MapGet("/", ShowResources);
        app.MapGet("/consolelogs", () => TypedResults.Redirect($"/consolelogs/resource/{ResourceNames().FirstOrDefault()}"));
        app.MapGet("/consolelogs/resource/{name}", ShowConsoleLog);
        app.MapPost("/resources/{name}/{command}", ExecuteAsync).DisableAntiforgery();
        app.MapGet("/api/resources/changes", (CancellationToken aborted) => TypedResults.ServerSentEvents(ChangesAsync(aborted)));
        app.MapGet("/api/consolelogs/{name}", (string name, CancellationToken aborted) => TypedResults.ServerSentEvents(LinesAsync(name, aborted)));
        app.MapGet("/health", () => TypedResults.Text("Healthy"));
        foreach (string signal in new[] { "traces", "metrics", "logs" })
        {
            app.MapPost($"/v1/{signal}", intake.TakeAsync).DisableAntiforgery();
        }
    }

    private async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        PathString path = http.Request.Path;
        if (!BrowserAccess.IsFromHere(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (path.StartsWithSegments("/v1"))
        {
            if (!access.IsRightApiKey(http.Request))
            {
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }
        }
        else if (!path.StartsWithSegments("/assets") && path != "/health" && path != "/login" && !access.IsLoggedIn(http.Request))
        {
            http.Response.Redirect("/login");
            return;
        }

        await next(http);
    }

    private IResult LogIn(HttpContext http)
    {
        string? token = http.Request.Query["t"];
        if (access.IsRight(token))
        {
            access.LogIn(http.Response);
            return TypedResults.Redirect("/");
        }

        return Page<LoginPage>(new()
        {
            [nameof(LoginPage.Context)] = PageContext.From(http, TimeProvider.System),
            [nameof(LoginPage.WasWrong)] = token is not null,
        });
    }

    private RazorComponentResult<ResourcesPage> ShowResources(HttpContext http) => Page<ResourcesPage>(new()
    {
        [nameof(ResourcesPage.Context)] = PageContext.From(http, TimeProvider.System),
        [nameof(ResourcesPage.Resources)] = Resources(),
        [nameof(ResourcesPage.Intake)] = intake,
    });

    private IResult ShowConsoleLog(HttpContext http, string name) => ResourceNames().Contains(name)
        ? Page<ConsoleLogPage>(new()
        {
            [nameof(ConsoleLogPage.Context)] = PageContext.From(http, TimeProvider.System),
            [nameof(ConsoleLogPage.Name)] = name,
            [nameof(ConsoleLogPage.Names)] = ResourceNames(),
            [nameof(ConsoleLogPage.Lines)] = logs.Kept(name),
        })
        : TypedResults.Redirect("/");

    private async Task<IResult> ExecuteAsync(string name, string command, CancellationToken aborted)
    {
        ExecuteCommandResult result = await commands.ExecuteCommandAsync(name, command, aborted);
        return result.Success ? TypedResults.Redirect("/") : TypedResults.BadRequest(result.ErrorMessage);
    }

    private async IAsyncEnumerable<SseItem<string>> ChangesAsync([EnumeratorCancellation] CancellationToken aborted)
    {
        await foreach (ResourceEvent change in notifications.WatchAsync(aborted))
        {
            yield return new SseItem<string>(change.Resource.Name, "changed");
        }
    }

    private async IAsyncEnumerable<SseItem<object>> LinesAsync(string name, [EnumeratorCancellation] CancellationToken aborted)
    {
        await foreach (IReadOnlyList<LogLine> lines in logs.WatchAsync(name).WithCancellation(aborted))
        {
            yield return new SseItem<object>(
                lines.Select(line => new { text = AnsiText.Strip(line.Content), error = line.IsErrorMessage }).ToArray(), "lines");
        }
    }

    private IReadOnlyList<ResourceEvent> Resources() =>
        [.. notifications.Current().OrderBy(one => one.Resource is ParameterResource).ThenBy(one => one.Resource.Name, StringComparer.Ordinal)];

    private string[] ResourceNames() =>
        [.. Resources().Where(one => one.Resource is not ParameterResource).Select(one => one.Resource.Name)];

    private static RazorComponentResult<T> Page<T>(Dictionary<string, object?> parameters)
        where T : Microsoft.AspNetCore.Components.IComponent => new(parameters) { PreventStreamingRendering = true };
}
