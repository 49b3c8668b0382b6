using Aspire.Hosting.Dashboard.Telemetry;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>Which traces, in which order.</summary>
public sealed record TraceQuery
{
    /// <summary>Looked for in names, ids, statuses and attributes of all spans.</summary>
    public string Text { get; init; } = "";

    public string Resource { get; init; } = "";

    /// <summary>One of <see cref="SpanType.All"/>, or empty for any.</summary>
    public string Type { get; init; } = "";

    public bool ErrorsOnly { get; init; }

    /// <summary>Nanoseconds.</summary>
    public long DurationMin { get; init; }

    /// <summary>One span must fulfil all of them.</summary>
    public IReadOnlyList<FieldFilter> Fields { get; init; } = [];

    public TimeRange Range { get; init; } = TimeRange.All;

    /// <summary>time, name, spans or duration; with "-" in front from the largest down.</summary>
    public string Sort { get; init; } = "-time";

    public static TraceQuery From(PageContext context, string resource, DateTimeOffset now) => new()
    {
        Text = context.Value("q").Trim(),
        Resource = resource,
        Type = context.Value("type"),
        ErrorsOnly = context.Value("errors") == "1",
        DurationMin = UnixNanoseconds.ParseDuration(context.Value("min")) ?? 0,
        Fields = context.Filters(),
        Range = TimeRange.Parse(context.Value("last"), context.Value("from"), context.Value("until"), now),
        Sort = context.Value("sort") is { Length: > 0 } sort ? sort : "-time",
    };

    public IReadOnlyList<Trace> Of(TraceStore store)
    {
        var found = new List<Trace>();
        foreach (Trace trace in store.Snapshot())
        {
            if (Matches(trace))
            {
                found.Add(trace);
            }
        }

        Comparison<Trace> order = Sort.TrimStart('-') switch
        {
            "name" => static (one, other) => string.CompareOrdinal(one.Root.Name, other.Root.Name),
            "spans" => static (one, other) => one.SpanCount.CompareTo(other.SpanCount),
            "duration" => static (one, other) => one.Duration.CompareTo(other.Duration),
            _ => static (one, other) => one.Start.CompareTo(other.Start),
        };
        found.Sort(Sort.StartsWith('-') ? (one, other) => order(other, one) : order);
        return found;
    }

    public bool Matches(Trace trace)
    {
        if ((ErrorsOnly && !trace.HasError) || trace.Duration < DurationMin || !Range.Holds(trace.Start))
        {
            return false;
        }

        ReadOnlySpan<Span> spans = trace.Spans;
        return (Resource.Length == 0 || Any(spans, span => span.Resource.Name == Resource))
            && (Type.Length == 0 || Any(spans, span => SpanType.Is(span, Type)))
            && (Fields.Count == 0 || Any(spans, span => Fields.All(field => field.Matches(span.Attributes))))
            && (Text.Length == 0 || trace.Id.ToString().StartsWith(Text, StringComparison.OrdinalIgnoreCase) || Any(spans, span => Has(span, Text)));
    }

    /// <summary>Whether the text stands anywhere in the span.</summary>
    public static bool Has(Span span, string text)
    {
        if (span.Name.Contains(text, StringComparison.OrdinalIgnoreCase) || span.Resource.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
            || span.StatusMessage.Contains(text, StringComparison.OrdinalIgnoreCase) || span.Id.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (TelemetryAttribute attribute in span.Attributes)
        {
            if (attribute.Name.Contains(text, StringComparison.OrdinalIgnoreCase) || attribute.Text.Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return span.Events.Any(one => one.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
            || one.Attributes.Any(attribute => attribute.Text.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    private static bool Any(ReadOnlySpan<Span> spans, Func<Span, bool> matches)
    {
        foreach (Span span in spans)
        {
            if (matches(span))
            {
                return true;
            }
        }

        return false;
    }
}
