using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Hosting.Dashboard;

/// <summary>Console lines: live, as a file, and cleared.</summary>
internal sealed class ConsoleRoutes(DashboardFrames frames)
{
    public void Map(WebApplication app)
    {
        app.MapGet("/api/consolelogs", (HttpContext http, string? resource, long? after) =>
            TypedResults.ServerSentEvents(LinesAsync(frames.Of(http), Named(resource), after ?? 0, http.RequestAborted)));
        app.MapGet("/consolelogs/download", Download);
        app.MapPost("/consolelogs/clear", (Delegate)ClearAsync).DisableAntiforgery();
    }

    /// <summary>The resource that an address or a form names; null for all.</summary>
    public static string? ResourceOf(HttpContext http) => Named(http.Request.Query["resource"].FirstOrDefault());

    private static string? Named(string? resource) => string.IsNullOrEmpty(resource) ? null : resource;

    private static async IAsyncEnumerable<SseItem<object>> LinesAsync(
        DashboardFrame frame, string? resource, long after, [EnumeratorCancellation] CancellationToken aborted)
    {
        yield return new SseItem<object>(Array.Empty<object>(), "open");
        await foreach (IReadOnlyList<ConsoleLine> lines in frame.Console.WatchAsync(resource, after, aborted))
        {
            yield return new SseItem<object>(
                lines.Select(line => new
                {
                    number = line.Number,
                    time = Clock(line.Time, "HH:mm:ss.fff"),
                    resource = line.Resource,
                    color = frame.ColorOf(line.Resource),
                    error = line.IsError,
                    runs = AnsiText.Split(line.Content).Select(run => new[] { run.Text, run.Style }).ToArray(),
                }).ToArray(),
                "lines");
        }
    }

    private FileContentHttpResult Download(HttpContext http)
    {
        string? resource = ResourceOf(http);
        var text = new StringBuilder();
        foreach (ConsoleLine line in frames.Of(http).Console.Snapshot(resource))
        {
            text.Append(Clock(line.Time, "yyyy-MM-dd HH:mm:ss.fff zzz")).Append(' ').Append(line.Resource).Append(line.IsError ? " err " : " ")
                .Append(AnsiText.Strip(line.Content)).Append('\n');
        }

        return TypedResults.File(Encoding.UTF8.GetBytes(text.ToString()), "text/plain; charset=utf-8", $"{resource ?? "console"}.log");
    }

    private async Task<RedirectHttpResult> ClearAsync(HttpContext http)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        string? resource = Named(form["resource"]);
        frames.LiveConsole.Clear(resource);
        return TypedResults.Redirect("/consolelogs" + (resource is null ? "" : QueryString.Create("resource", resource).ToUriComponent()));
    }

    private static string Clock(DateTimeOffset time, string format) =>
        TimeZoneInfo.ConvertTime(time, TimeZoneInfo.Local).ToString(format, CultureInfo.InvariantCulture);
}
