using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>A kept run, read back into memory under the same limits as a live one.</summary>
internal sealed record PastRun(
    RunInfo Run, TelemetryStore Store, ConsoleStore Console, IReadOnlyList<ResourceEvent> Resources, DateTimeOffset Ended);
