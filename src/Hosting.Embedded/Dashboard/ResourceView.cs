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
        string state = StateStrings.Of(now.State?.Text, context);
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

    /// <summary>The commands that can be seen, those of every resource in the reader's language and asked for twice where they stop something.</summary>
    public static IReadOnlyList<CommandView> Commands(this ResourceEvent one, PageContext context) =>
    [
        .. one.Snapshot.Commands.Where(command => command.State != ResourceCommandState.Hidden).Select(command => new CommandView(
            command.Name,
            Label(command, context),
            command.ConfirmationMessage ?? Confirmation(command, one.ResourceId, context),
            command.State == ResourceCommandState.Enabled,
            command.Name == KnownResourceCommands.StopCommand)),
    ];

    private static string Label(ResourceCommandSnapshot command, PageContext context) =>
        command.Name == KnownResourceCommands.StartCommand ? context.Say(DashboardStrings.Start)
        : command.Name == KnownResourceCommands.StopCommand ? context.Say(DashboardStrings.Stop)
        : command.Name == KnownResourceCommands.RestartCommand ? context.Say(DashboardStrings.Restart)
        : command.DisplayName;

    private static string? Confirmation(ResourceCommandSnapshot command, string name, PageContext context) =>
        command.Name == KnownResourceCommands.StopCommand ? context.Say(DashboardStrings.StopLead, name)
        : command.Name == KnownResourceCommands.RestartCommand ? context.Say(DashboardStrings.RestartLead, name)
        : null;
}
