using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Hosting.Dashboard;

/// <summary>Tells open pages that there is something new; they ask for it themselves.</summary>
internal sealed class LiveRoutes(DashboardFrames frames)
{
    // Telemetry comes in thousands a second; a page is drawn once in this time at most.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public void Map(WebApplication app) => app.MapGet(
        "/api/changes", (string? of, CancellationToken aborted) => TypedResults.ServerSentEvents(ChangesAsync((of ?? "").Split(','), aborted)));

    private async IAsyncEnumerable<SseItem<string>> ChangesAsync(string[] of, [EnumeratorCancellation] CancellationToken aborted)
    {
        // Sent at once: whoever listens knows then that nothing will be missed from here on.
        yield return new SseItem<string>("", "open");
        if (of.Contains("resources"))
        {
            await foreach (ResourceEvent change in frames.Notifications.WatchAsync(aborted))
            {
                yield return new SseItem<string>(change.ResourceId, "changed");
            }

            yield break;
        }

        using var timer = new PeriodicTimer(Pause);
        long seen = -1;
        do
        {
            long now = (of.Contains("traces") ? frames.LiveStore.Traces.Version : 0) + (of.Contains("logs") ? frames.LiveStore.Logs.Version : 0)
                + (of.Contains("metrics") ? frames.LiveStore.Metrics.Version : 0);
            if (now != seen)
            {
                yield return new SseItem<string>("", "changed");
                seen = now;
            }
        }
        while (await timer.WaitForNextTickAsync(aborted));
    }
}
