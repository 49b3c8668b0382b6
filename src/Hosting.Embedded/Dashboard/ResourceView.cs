using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>A resource as the pages show it.</summary>
internal static class ResourceView
{
    public static string? Property(this CustomResourceSnapshot now, string name) =>
        now.Properties.FirstOrDefault(property => property.Name == name)?.Value?.ToString();

    public static string StateText(this CustomResourceSnapshot now, PageContext context)
    {
        string state = now.State?.Text ?? "";
        return now switch
        {
            _ when now.Property(KnownProperties.WaitingFor) is { Length: > 0 } others => $"{state}, {context.Say(DashboardStrings.WaitingFor, others)}",
            { HealthStatus: HealthStatus.Healthy } => $"{state}, {context.Say(DashboardStrings.Healthy)}",
            { HealthStatus: not null } => $"{state}, {context.Say(DashboardStrings.Unhealthy)}",
            { ExitCode: { } code } => $"{state}, {context.Say(DashboardStrings.ExitCode, code)}",
            _ => state,
        };
    }

    public static string Dot(this CustomResourceSnapshot now) => now switch
    {
        { HealthStatus: HealthStatus.Healthy } => "healthy",
        { HealthStatus: not null } => "unhealthy",
        { State.Text: "Running" } => "healthy",
        { State.Style: "warn" } => "unhealthy",
        { State.Style: "error" } or { State.Text: "FailedToStart" } or { ExitCode: not (null or 0) } => "away",
        _ => "",
    };

    /// <summary>Start, stop and restart, each enabled in the states in which the host can do it.</summary>
    public static IReadOnlyList<CommandView> Commands(this ResourceEvent one, PageContext context)
    {
        if (one.Resource is ParameterResource || !Orchestration.ResourceProcess.Is(one.Resource))
        {
            return [];
        }

        string? state = one.Snapshot.State?.Text;
        bool isDown = state is "NotStarted" or "Waiting" || (state is not null && KnownResourceStates.TerminalStates.Contains(state));
        bool isUp = !isDown && state is not (null or "Stopping");
        return
        [
            new(KnownResourceCommands.StartCommand, context.Say(DashboardStrings.Start), null, isDown, IsDangerous: false),
            new(KnownResourceCommands.StopCommand, context.Say(DashboardStrings.Stop), context.Say(DashboardStrings.StopLead, one.Resource.Name), isUp, IsDangerous: true),
            new(
                KnownResourceCommands.RestartCommand, context.Say(DashboardStrings.Restart), context.Say(DashboardStrings.RestartLead, one.Resource.Name), isUp,
                IsDangerous: false),
        ];
    }
}
