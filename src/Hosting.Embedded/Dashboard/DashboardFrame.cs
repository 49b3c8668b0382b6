using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.AspNetCore.Http;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard;

/// <summary>What every page of the dashboard is made from.</summary>
public sealed record DashboardFrame
{
    public required PageContext Context { get; init; }

    /// <summary>Of this run, or of the past one that was chosen.</summary>
    public required TelemetryStore Store { get; init; }

    public required ConsoleStore Console { get; init; }

    public required IReadOnlyList<ResourceEvent> Resources { get; init; }

    /// <summary>Past runs that can be looked at, newest first.</summary>
    public IReadOnlyList<RunInfo> Runs { get; init; } = [];

    /// <summary>The past run that is looked at; null for the one that runs.</summary>
    public RunInfo? Run { get; init; }

    public bool IsLive => Run is null;

    /// <summary>The end of what is looked at: now, or the last that a past run has told.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Resources of the application and whoever else has sent telemetry, in one order for all pages.</summary>
    public IReadOnlyList<string> Names =>
    [
        .. Resources.Where(one => one.Resource is not ParameterResource).Select(one => one.Resource.Name)
            .Concat(Store.Resources.Select(one => one.Name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>Who writes to a console: each replica of a resource for itself.</summary>
    public IReadOnlyList<string> Writers => [.. Resources.Where(one => one.Resource is not ParameterResource).Select(one => one.ResourceId)];

    /// <summary>The address of another page, for the same run; parameters that are empty are left out.</summary>
    public string To(string path, params (string Name, string? Value)[] parameters) => path + QueryString.Create(
        parameters.Append(("run", Run?.Id)).Where(pair => !string.IsNullOrEmpty(pair.Item2))
            .Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))).ToUriComponent();

    /// <summary>Which of the five series colours a resource has everywhere.</summary>
    public int ColorOf(string resource)
    {
        string name = Resources.FirstOrDefault(one => one.ResourceId == resource)?.Resource.Name ?? resource;
        int place = Names.ToList().IndexOf(name);
        return place < 0 ? 4 : place % 5;
    }
}
