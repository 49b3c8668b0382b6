using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Ratchet.Contracts;

namespace Ratchet.TrainerService.Jobs;

/// <summary>A job's events as server-sent events: those there are, then the new ones, until the job ends (F84, F154).</summary>
public sealed class JobEventStream(JobStore store)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <param name="context">The request; <c>Last-Event-ID</c> continues a stream that broke.</param>
    /// <param name="job">The job.</param>
    /// <param name="after">Number or id of the last event that is known already.</param>
    public async Task WriteAsync(HttpContext context, JobRecord job, string? after)
    {
        CancellationToken cancellation = context.RequestAborted;
        long cursor = Cursor(context, job.Id, after);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(cancellation);
        try
        {
            while (true)
            {
                Task news = store.Changed.Next;

                // The status is read before the events: after a terminal one nothing more is written.
                bool ended = store.Get(job.Id).IsTerminal;
                IReadOnlyList<JobEvent> events = store.EventsAfter(job.Id, cursor);
                foreach (JobEvent item in events)
                {
                    string json = JsonSerializer.Serialize(JobEventView.Of(item), WireJson.Options);
                    await SendAsync(
                        context,
                        string.Create(CultureInfo.InvariantCulture, $"id: {item.Seq}\nevent: {item.Type}\ndata: {json}\n\n"),
                        cancellation);
                    cursor = item.Seq;
                }

                if (events.Count > 0)
                {
                    continue;
                }

                if (ended)
                {
                    await SendAsync(context, "data: [DONE]\n\n", cancellation);
                    return;
                }

                await Signal.WaitAsync(news, Heartbeat, cancellation);
                if (!news.IsCompleted)
                {
                    await SendAsync(context, ":\n\n", cancellation);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The follower left; that is how a stream of a running job ends.
        }
    }

    private long Cursor(HttpContext context, string job, string? after)
    {
        string? given = string.IsNullOrEmpty(after) ? context.Request.Headers["Last-Event-ID"] : after;
        if (string.IsNullOrEmpty(given))
        {
            return 0;
        }

        return long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out long seq)
            ? seq
            : store.Events(job).FirstOrDefault(e => e.Id == given)?.Seq ?? 0;
    }

    private static async Task SendAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
