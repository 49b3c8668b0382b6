using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Pages;
using Aspire.Hosting.Dashboard.Queries;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard's pages and the way in.</summary>
internal sealed class DashboardRoutes(DashboardFrames frames, ResourceCommandService commands, BrowserAccess access, OtlpIntake intake)
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'";

    public void Map(WebApplication app)
    {
        app.Use(GuardAsync);
        app.MapEmbeddedAssets(typeof(DashboardRoutes).Assembly);
        app.MapGet("/login", LogIn);
        app.MapGet("/health", () => TypedResults.Text("Healthy"));
        app.MapGet("/", ShowResources);
        app.MapGet("/parameters", (HttpContext http) => Show<ParametersPage>(http));
        app.MapGet("/consolelogs", ShowConsoleLog);
        app.MapGet("/structuredlogs", ShowLogs);
        app.MapGet("/traces", ShowTraces);
        app.MapGet("/traces/detail/{id}", ShowTrace);
        app.MapGet("/metrics", (HttpContext http) => ShowMetrics(http, null, null, null));
        app.MapGet("/metrics/resource/{resource}/meter/{meter}/instrument/{instrument}", ShowMetrics);
        foreach (string list in new[] { "consolelogs", "structuredlogs", "traces", "metrics" })
        {
            // As Aspire's dashboard has them; the choice is a parameter here, so that a form can make it.
            app.MapGet($"/{list}/resource/{{name}}", (string name) => TypedResults.Redirect($"/{list}{QueryString.Create("resource", name)}"));
        }

        app.MapPost("/resources/{name}/{command}", ExecuteAsync).DisableAntiforgery();
        app.MapPost("/telemetry/clear", ClearTelemetry).DisableAntiforgery();
        new ConsoleRoutes(frames).Map(app);
        new LiveRoutes(frames).Map(app);
        new TelemetryRoutes(frames).Map(app);
        MapIntake(app);
    }

    private void MapIntake(WebApplication app)
    {
        var http = new OtlpHttp(intake);
        var grpc = new OtlpGrpc(intake);
        foreach (OtlpSignal signal in Enum.GetValues<OtlpSignal>())
        {
            app.MapPost($"/v1/{signal.ToString().ToLowerInvariant()}", (HttpRequest request) => http.TakeAsync(signal, request)).DisableAntiforgery();
            app.MapPost(OtlpGrpc.PathOf(signal), (HttpContext call) => grpc.TakeAsync(signal, call)).DisableAntiforgery();
        }
    }

    private async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.XContentTypeOptions = "nosniff";

        // Other sites learn nothing. With "no-referrer" browsers would send "Origin: null" with our own forms too.
        http.Response.Headers["Referrer-Policy"] = "same-origin";
        PathString path = http.Request.Path;
        if (!access.IsFromHere(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (OtlpGrpc.IsCall(http.Request))
        {
            if (!access.IsRightApiKey(http.Request))
            {
                await OtlpGrpc.RefuseKeyAsync(http);
                return;
            }
        }
        else if (path.StartsWithSegments("/v1"))
        {
            if (!access.IsRightApiKey(http.Request))
            {
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }
        }
        else if (path.StartsWithSegments("/api/telemetry"))
        {
            if (!access.MayRead(http.Request))
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
            access.LogIn(http.Request, http.Response);
            return TypedResults.Redirect("/");
        }

        return Page<LoginPage>(new()
        {
            [nameof(LoginPage.Context)] = PageContext.From(http, TimeProvider.System),
            [nameof(LoginPage.WasWrong)] = token is not null,
        });
    }

    private RazorComponentResult<ResourcesPage> ShowResources(HttpContext http) => Show<ResourcesPage>(
        http, (nameof(ResourcesPage.Fault), http.Request.Query["fault"].FirstOrDefault()));

    private RazorComponentResult<ConsoleLogPage> ShowConsoleLog(HttpContext http) => Show<ConsoleLogPage>(
        http, (nameof(ConsoleLogPage.Resource), ConsoleRoutes.ResourceOf(http)));

    private RazorComponentResult<StructuredLogsPage> ShowLogs(HttpContext http)
    {
        DashboardFrame frame = frames.Of(http);
        return Show<StructuredLogsPage>(frame, (nameof(StructuredLogsPage.Query), LogQuery.From(frame.Context, frame.Context.Value("resource"), frame.Now)));
    }

    private RazorComponentResult<TracesPage> ShowTraces(HttpContext http)
    {
        DashboardFrame frame = frames.Of(http);
        return Show<TracesPage>(frame, (nameof(TracesPage.Query), TraceQuery.From(frame.Context, frame.Context.Value("resource"), frame.Now)));
    }

    private RazorComponentResult<TracePage> ShowTrace(HttpContext http, string id)
    {
        DashboardFrame frame = frames.Of(http);
        Trace? trace = TraceId.TryParse(id, out TraceId parsed) ? frame.Store.Traces.Find(parsed) : null;
        http.Response.StatusCode = trace is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return Show<TracePage>(frame, (nameof(TracePage.Trace), trace));
    }

    private RazorComponentResult<MetricsPage> ShowMetrics(HttpContext http, string? resource, string? meter, string? instrument)
    {
        DashboardFrame frame = frames.Of(http);
        MetricView? chosen = resource is not null && frame.Store.Metrics.Find(resource, meter!, instrument!) is var (found, series)
            ? MetricQuery.From(frame.Context).Of(found, series, frame.Now, frame.Context.Say(TelemetryStrings.Others))
            : null;
        return Show<MetricsPage>(frame, (nameof(MetricsPage.Resource), frame.Context.Value("resource")), (nameof(MetricsPage.Chosen), chosen));
    }

    private async Task<RedirectHttpResult> ExecuteAsync(HttpContext http, string name, string command, CancellationToken aborted)
    {
        ExecuteCommandResult result = await commands.ExecuteCommandAsync(name, command, aborted);
        var context = PageContext.From(http, TimeProvider.System);
        return TypedResults.Redirect(result.Success
            ? "/"
            : $"/{QueryString.Create("fault", context.Say(DashboardStrings.CommandFailed, command, name, result.Message))}");
    }

    private RedirectHttpResult ClearTelemetry()
    {
        frames.LiveStore.Clear();
        return TypedResults.Redirect("/traces");
    }

    private RazorComponentResult<T> Show<T>(HttpContext http, params (string Name, object? Value)[] parameters)
        where T : Microsoft.AspNetCore.Components.IComponent => Show<T>(frames.Of(http), parameters);

    private static RazorComponentResult<T> Show<T>(DashboardFrame frame, params (string Name, object? Value)[] parameters)
        where T : Microsoft.AspNetCore.Components.IComponent =>
        Page<T>(parameters.Prepend(("Frame", frame)).ToDictionary(pair => pair.Item1, pair => pair.Item2));

    private static RazorComponentResult<T> Page<T>(Dictionary<string, object?> parameters)
        where T : Microsoft.AspNetCore.Components.IComponent => new(parameters) { PreventStreamingRendering = true };
}
