using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Ratchet.ServiceDefaults.Events;

/// <summary>GET /events?after=seq: the log as server-sent events.</summary>
public static class EventEndpoints
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static void MapEvents(this IEndpointRouteBuilder routes) => routes
        .MapGet("/events", StreamAsync)
        .WithTags("Events")
        .WithSummary("Follows this service's events from a number on.");

    private static async Task StreamAsync(HttpContext context, EventLog log, long? after = null)
    {
        CancellationToken cancellation = context.RequestAborted;
        if (after is null && long.TryParse(
            context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out long last))
        {
            after = last;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(cancellation);

        IAsyncEnumerator<EventRecord> events = log.FollowAsync(after ?? 0, cancellation).GetAsyncEnumerator(cancellation);
        Task<bool> next = events.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                // A comment line now and then tells both ends that the other is still there.
                if (await Task.WhenAny(next, Task.Delay(Heartbeat, cancellation)) != next)
                {
                    await WriteAsync(context, ":\n\n", cancellation);
                    continue;
                }

                if (!await next)
                {
                    return;
                }

                EventRecord record = events.Current;
                await WriteAsync(
                    context,
                    string.Create(
                        CultureInfo.InvariantCulture, $"id: {record.Seq}\nevent: {record.Type}\ndata: {record.Data}\n\n"),
                    cancellation);
                next = events.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException)
        {
            // The follower left; that is how every stream ends.
        }
        finally
        {
            // The pending read must end before the enumerator may be disposed of.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync();
        }
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
