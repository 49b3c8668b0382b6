using Aspire.Hosting.Dashboard.Telemetry;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>Which structured logs, in which order.</summary>
public sealed record LogQuery
{
    /// <summary>Looked for in message, category and attributes.</summary>
    public string Text { get; init; } = "";

    public string Resource { get; init; } = "";

    public LogLevelName LevelMin { get; init; }

    public IReadOnlyList<FieldFilter> Fields { get; init; } = [];

    public TimeRange Range { get; init; } = TimeRange.All;

    public TraceId? TraceId { get; init; }

    /// <summary>time, level, resource or message; with "-" in front from the largest down.</summary>
    public string Sort { get; init; } = "-time";

    public static LogQuery From(PageContext context, string resource, DateTimeOffset now) => new()
    {
        Text = context.Value("q").Trim(),
        Resource = resource,
        LevelMin = Enum.TryParse(context.Value("level"), ignoreCase: true, out LogLevelName level) ? level : LogLevelName.Trace,
        Fields = context.Filters(),
        Range = TimeRange.Parse(context.Value("last"), context.Value("from"), context.Value("until"), now),
        TraceId = Telemetry.TraceId.TryParse(context.Value("trace"), out TraceId id) ? id : null,
        Sort = context.Value("sort") is { Length: > 0 } sort ? sort : "-time",
    };

    public IReadOnlyList<LogEntry> Of(LogStore store)
    {
        var found = new List<LogEntry>();
        foreach (LogEntry log in store.Snapshot(Resource.Length > 0 ? Resource : null))
        {
            if (Matches(log))
            {
                found.Add(log);
            }
        }

        Comparison<LogEntry> order = Sort.TrimStart('-') switch
        {
            "level" => static (one, other) => Then(one.Level.CompareTo(other.Level), one, other),
            "resource" => static (one, other) => Then(string.CompareOrdinal(one.Resource.Name, other.Resource.Name), one, other),
            "message" => static (one, other) => Then(string.CompareOrdinal(one.Message, other.Message), one, other),
            _ => static (one, other) => Then(0, one, other),
        };
        found.Sort(Sort.StartsWith('-') ? (one, other) => order(other, one) : order);
        return found;
    }

    public bool Matches(LogEntry log) => log.Level >= LevelMin && Range.Holds(log.Time) && (TraceId is null || log.TraceId == TraceId)
        && (Resource.Length == 0 || log.Resource.Name == Resource)
        && Fields.All(field => MatchesField(log, field)) && (Text.Length == 0 || Has(log));

    // What every log has can be filtered by as well, under the names that the page shows.
    private static bool MatchesField(LogEntry log, FieldFilter field) => field.Name switch
    {
        "category" => field.MatchesText(log.Scope.Name),
        "message" => field.MatchesText(log.Message),
        "event" => field.MatchesText(log.EventName),
        _ => field.Matches(log.Attributes),
    };

    private static int Then(int compared, LogEntry one, LogEntry other) =>
        compared != 0 ? compared : one.Time != other.Time ? one.Time.CompareTo(other.Time) : one.Number.CompareTo(other.Number);

    private bool Has(LogEntry log)
    {
        if (log.Message.Contains(Text, StringComparison.OrdinalIgnoreCase) || log.Scope.Name.Contains(Text, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (TelemetryAttribute attribute in log.Attributes)
        {
            if (attribute.Text.Contains(Text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
