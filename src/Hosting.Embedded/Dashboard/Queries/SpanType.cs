using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>What kind of work a span is, by the attributes that OpenTelemetry's conventions give each kind.</summary>
public static class SpanType
{
    public const string GenAI = "genai";

    public static readonly IReadOnlyList<(string Name, string Prefix)> All =
    [
        (GenAI, "gen_ai."), ("database", "db."), ("messaging", "messaging."), ("rpc", "rpc."), ("http", "http."),
    ];

    public static bool Is(Span span, string type) => All.FirstOrDefault(one => one.Name == type).Prefix is not { } prefix || span.Attributes.HasPrefix(prefix);
}
