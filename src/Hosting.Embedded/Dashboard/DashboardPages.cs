using Microsoft.AspNetCore.Http;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Aspire.Hosting.Dashboard;

/// <summary>What all pages of the dashboard share.</summary>
internal static class DashboardPages
{
    public static readonly IReadOnlyList<string> Modules = ["/assets/dashboard.js"];

    /// <summary>The side bar; the keys are those that people know from Aspire's dashboard.</summary>
    public static IReadOnlyList<NavItem> Items(DashboardFrame frame)
    {
        string? query = frame.Run is null ? null : QueryString.Create("run", frame.Run.Id).ToUriComponent();
        return
        [
            new NavItem("/", DashboardStrings.Resources) { Query = query, Key = "r" },
            new NavItem("/parameters", DashboardStrings.Parameters) { Query = query, Key = "p" },
            new NavItem("/consolelogs", DashboardStrings.ConsoleLog) { Query = query, Key = "c" },
            new NavItem("/structuredlogs", DashboardStrings.StructuredLogs) { Query = query, Key = "s" },
            new NavItem("/traces", DashboardStrings.Traces) { Query = query, Key = "t" },
            new NavItem("/metrics", DashboardStrings.Metrics) { Query = query, Key = "m" },
        ];
    }

    public static IReadOnlyList<KeyValuePair<string, Phrase>> Keys(DashboardFrame frame) =>
        [.. Items(frame).Select(item => KeyValuePair.Create(item.Key!, item.Label))];

    /// <summary>Variables whose value is nobody's business on a screen that others may see.</summary>
    public static bool IsSecret(string name) => name.Contains("key", StringComparison.OrdinalIgnoreCase)
        || name.Contains("password", StringComparison.OrdinalIgnoreCase) || name.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || name.Contains("token", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_HEADERS", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase);
}
