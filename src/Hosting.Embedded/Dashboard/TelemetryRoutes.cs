using System.Globalization;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Queries;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>What the pages show, for programs: OTLP in JSON, and with <c>follow=true</c> one line for each piece of news.</summary>
/// <remarks>The filters of the pages work here too, beside <c>resource</c>, <c>traceId</c>, <c>severity</c>, <c>hasError</c> and <c>limit</c>.</remarks>
internal sealed class TelemetryRoutes(DashboardFrames frames)
{
    private const string Json = "application/json";
    private const string Lines = "application/x-ndjson";
    private const int LimitDefault = 1_000;
    private const int LimitMax = 10_000;
    private const string TotalHeader = "X-Total-Count";
    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(500);

    public void Map(WebApplication app)
    {
        app.MapGet("/api/telemetry/resources", Resources);
        app.MapGet("/api/telemetry/spans", SpansAsync);
        app.MapGet("/api/telemetry/logs", LogsAsync);
        app.MapGet("/api/telemetry/traces", Traces);
        app.MapGet("/api/telemetry/traces/{id}", Trace);
    }

    private JsonHttpResult<SenderRecord[]> Resources(HttpContext http) => TypedResults.Json(frames.Of(http).Store.Resources.Select(one =>
        new SenderRecord(one.Name, one.InstanceId, one.Attributes.DistinctBy(attribute => attribute.Name)
            .ToDictionary(attribute => attribute.Name, attribute => attribute.Text))).ToArray());

    private FileContentHttpResult Traces(HttpContext http)
    {
        DashboardFrame frame = frames.Of(http);
        IReadOnlyList<Trace> found = QueryOf(frame).Of(frame.Store.Traces);
        http.Response.Headers[TotalHeader] = found.Count.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Bytes(OtlpJsonWriter.Traces(found.Take(Limit(frame.Context)).SelectMany(trace => trace.Spans.ToArray())), Json);
    }

    private IResult Trace(HttpContext http, string id)
    {
        Trace? trace = TraceId.TryParse(id, out TraceId parsed) ? frames.Of(http).Store.Traces.Find(parsed) : null;
        return trace is null
            ? TypedResults.NotFound(new { error = $"There is no trace '{id}'. An id has 32 hex digits; /api/telemetry/traces lists what is kept." })
            : TypedResults.Bytes(OtlpJsonWriter.Traces(trace.Spans.ToArray()), Json);
    }

    private async Task SpansAsync(HttpContext http)
    {
        DashboardFrame frame = frames.Of(http);
        TraceQuery query = QueryOf(frame);
        Func<Span, bool> matches = span => (query.Resource.Length == 0 || span.Resource.Name == query.Resource) && (!query.ErrorsOnly || span.IsError)
            && span.Duration >= query.DurationMin && query.Fields.All(field => field.Matches(span.Attributes))
            && (query.Text.Length == 0 || TraceQuery.Has(span, query.Text));
        TraceId? only = TraceId.TryParse(frame.Context.Value("traceId"), out TraceId id) ? id : null;
        if (!IsFollowing(frame))
        {
            List<Span> found = [.. All().Where(matches)];
            http.Response.Headers[TotalHeader] = found.Count.ToString(CultureInfo.InvariantCulture);
            await SendAsync(http, Json, OtlpJsonWriter.Traces(found.TakeLast(Limit(frame.Context))));
            return;
        }

        var seen = new HashSet<Span>(All(), ReferenceEqualityComparer.Instance);
        await FollowAsync(http, () => frame.Store.Traces.Version, () =>
        {
            Span[] now = [.. All()];
            byte[][] news = [.. now.Where(span => !seen.Contains(span) && matches(span)).Select(span => OtlpJsonWriter.Traces([span]))];

            // Only what is still kept has to be remembered.
            seen = new HashSet<Span>(now, ReferenceEqualityComparer.Instance);
            return news;
        });

        IEnumerable<Span> All() => only is { } one
            ? frame.Store.Traces.Find(one)?.Spans.ToArray() ?? []
            : frame.Store.Traces.Snapshot().SelectMany(trace => trace.Spans.ToArray());
    }

    private async Task LogsAsync(HttpContext http)
    {
        DashboardFrame frame = frames.Of(http);
        var query = LogQuery.From(frame.Context, frame.Context.Value("resource"), frame.Now);
        query = query with
        {
            TraceId = TraceId.TryParse(frame.Context.Value("traceId"), out TraceId id) ? id : query.TraceId,
            LevelMin = Enum.TryParse(frame.Context.Value("severity"), ignoreCase: true, out LogLevelName level) ? level : query.LevelMin,
            Sort = "time",
        };
        if (!IsFollowing(frame))
        {
            IReadOnlyList<LogEntry> found = query.Of(frame.Store.Logs);
            http.Response.Headers[TotalHeader] = found.Count.ToString(CultureInfo.InvariantCulture);
            await SendAsync(http, Json, OtlpJsonWriter.Logs(found.TakeLast(Limit(frame.Context))));
            return;
        }

        long seen = frame.Store.Logs.Snapshot().Select(log => log.Number).DefaultIfEmpty(0).Max();
        await FollowAsync(http, () => frame.Store.Logs.Version, () =>
        {
            LogEntry[] news = [.. query.Of(frame.Store.Logs).Where(log => log.Number > seen).OrderBy(log => log.Number)];
            seen = news.Select(log => log.Number).Append(seen).Max();
            return [.. news.Select(log => OtlpJsonWriter.Logs([log]))];
        });
    }

    private static async Task FollowAsync(HttpContext http, Func<long> version, Func<byte[][]> news)
    {
        http.Response.ContentType = Lines;
        long seen = version();
        await http.Response.Body.FlushAsync(http.RequestAborted);
        using var timer = new PeriodicTimer(FollowPause);
        while (await timer.WaitForNextTickAsync(http.RequestAborted))
        {
            long now = version();
            if (now == seen)
            {
                continue;
            }

            seen = now;
            foreach (byte[] line in news())
            {
                await http.Response.Body.WriteAsync(line, http.RequestAborted);
                await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted);
            }

            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }

    private static async Task SendAsync(HttpContext http, string type, byte[] body)
    {
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static bool IsFollowing(DashboardFrame frame) => frame.IsLive && frame.Context.Value("follow") == "true";

    private static TraceQuery QueryOf(DashboardFrame frame)
    {
        var query = TraceQuery.From(frame.Context, frame.Context.Value("resource"), frame.Now);
        return frame.Context.Value("hasError") == "true" ? query with { ErrorsOnly = true } : query;
    }

    private static int Limit(PageContext context) =>
        int.TryParse(context.Value("limit"), CultureInfo.InvariantCulture, out int limit) && limit > 0 ? Math.Min(limit, LimitMax) : LimitDefault;

    private sealed record SenderRecord(string Name, string InstanceId, IReadOnlyDictionary<string, string> Attributes);
}
