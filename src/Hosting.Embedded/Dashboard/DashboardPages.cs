using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>What all pages of the dashboard share.</summary>
internal static class DashboardPages
{
    public static readonly IReadOnlyList<string> Modules = ["/assets/dashboard.js"];

    public static readonly IReadOnlyList<NavItem> Items =
    [
        new NavItem("/", DashboardStrings.Resources), new NavItem("/consolelogs", DashboardStrings.ConsoleLog),
    ];

    /// <summary>Variables whose value is nobody's business on a screen that others may see.</summary>
    public static bool IsSecret(string name) => name.Contains("key", StringComparison.OrdinalIgnoreCase)
        || name.Contains("password", StringComparison.OrdinalIgnoreCase) || name.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || name.Contains("token", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_HEADERS", StringComparison.OrdinalIgnoreCase);
}
