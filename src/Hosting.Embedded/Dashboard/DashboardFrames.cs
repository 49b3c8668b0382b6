using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.AspNetCore.Http;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>Finds out what a request wants to look at: this run, or a past one by <c>?run=</c>.</summary>
internal sealed class DashboardFrames(
    ResourceNotificationService notifications, TelemetryStore store, ConsoleStore console, RunArchive? archive, TimeProvider clock)
{
    public ResourceNotificationService Notifications => notifications;

    public TelemetryStore LiveStore => store;

    public ConsoleStore LiveConsole => console;

    public DashboardFrame Of(HttpContext http)
    {
        var context = PageContext.From(http, clock);
        IReadOnlyList<RunInfo> runs = archive?.Runs() ?? [];
        string wanted = http.Request.Query["run"].FirstOrDefault() ?? "";
        if (runs.FirstOrDefault(run => run.Id == wanted) is { } chosen && archive!.Load(chosen) is { } past)
        {
            return new DashboardFrame
            {
                Context = context,
                Store = past.Store,
                Console = past.Console,
                Resources = past.Resources,
                Runs = runs,
                Run = chosen,
                Now = past.Ended,
            };
        }

        return new DashboardFrame
        {
            Context = context,
            Store = store,
            Console = console,
            Resources = [.. notifications.Current().OrderBy(one => one.ResourceId, StringComparer.Ordinal)],
            Runs = runs,
            Now = clock.GetUtcNow(),
        };
    }
}
