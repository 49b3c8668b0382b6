using System.Diagnostics;
using OpenTelemetry;

namespace Ratchet.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps health checks out of the traces, on the asking side and on the answering one: a host asks each service every few
/// seconds, and a page of such spans hides everything else.
/// </summary>
internal sealed class HealthSpanFilter : BaseProcessor<Activity>
{
    /// <summary>Runs before the exporter sees the span; one that is not recorded is not exported.</summary>
    public override void OnEnd(Activity data)
    {
        if (IsHealth(PathOf(data)))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    internal static bool IsHealth(string? path) => path is "/health" or "/alive";

    private static string? PathOf(Activity span) => span.Kind switch
    {
        ActivityKind.Server => span.GetTagItem("url.path") as string,
        ActivityKind.Client when Uri.TryCreate(span.GetTagItem("url.full") as string, UriKind.Absolute, out Uri? uri) =>
            uri.AbsolutePath,
        _ => null,
    };
}
