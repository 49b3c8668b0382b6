using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard;

/// <summary>Reads what all resources write and gives each line its time; tells the history of both lines and states.</summary>
internal sealed class ConsoleWatcher(
    ResourceNotificationService notifications, ResourceLoggerService logs, ConsoleStore console, RunRecorder? recorder, TimeProvider clock)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reading = new Dictionary<string, Task>(StringComparer.OrdinalIgnoreCase);
        try
        {
            await foreach (ResourceEvent change in notifications.WatchAsync(stoppingToken))
            {
                recorder?.Record(change);
                if (change.Resource is not ParameterResource && !reading.ContainsKey(change.ResourceId))
                {
                    reading[change.ResourceId] = ReadAsync(change.ResourceId, stoppingToken);
                }
            }

            await Task.WhenAll(reading.Values);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task ReadAsync(string resource, CancellationToken stoppingToken)
    {
        await Task.Yield();
        await foreach (IReadOnlyList<LogLine> lines in logs.WatchAsync(resource).WithCancellation(stoppingToken))
        {
            foreach (LogLine line in lines)
            {
                ConsoleLine kept = console.Add(resource, clock.GetUtcNow(), line.Content, line.IsErrorMessage);
                recorder?.Record(kept);
            }
        }
    }
}
