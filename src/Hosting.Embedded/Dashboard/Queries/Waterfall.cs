using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>Puts the spans of a trace in the order of a tree, parents first, siblings by their start.</summary>
public static class Waterfall
{
    /// <param name="matches">Which spans are asked for; those above them are shown with them.</param>
    public static IReadOnlyList<WaterfallRow> Of(Trace trace, Func<Span, bool>? matches = null)
    {
        Span[] spans = trace.Spans.ToArray();
        var ids = new HashSet<SpanId>(spans.Select(span => span.Id));
        ILookup<SpanId, Span> children = spans.Where(span => IsBelowAnother(span, ids)).OrderBy(span => span.Start).ToLookup(span => span.ParentId);
        var rows = new List<WaterfallRow>(spans.Length);
        var placed = new HashSet<Span>(ReferenceEqualityComparer.Instance);

        // A span whose parent has not come stands at the top, as a root does.
        foreach (Span root in spans.Where(span => !IsBelowAnother(span, ids)).OrderBy(span => span.Start))
        {
            Place(root, children, matches, rows, placed);
        }

        // Spans that name each other as parents are in nobody's tree; they are shown all the same.
        foreach (Span left in spans.Where(span => !placed.Contains(span)).OrderBy(span => span.Start).ToArray())
        {
            Place(left, children, matches, rows, placed);
        }

        return rows;
    }

    private static bool IsBelowAnother(Span span, HashSet<SpanId> ids) => !span.ParentId.IsEmpty && span.ParentId != span.Id && ids.Contains(span.ParentId);

    // A stack of its own: a chain of ten thousand spans must not run the thread's over.
    private static void Place(Span root, ILookup<SpanId, Span> children, Func<Span, bool>? matches, List<WaterfallRow> rows, HashSet<Span> placed)
    {
        var order = new List<(Span Span, int Depth)>();
        var open = new Stack<(Span Span, int Depth)>([(root, 0)]);
        while (open.TryPop(out (Span Span, int Depth) next))
        {
            if (!placed.Add(next.Span))
            {
                continue;
            }

            order.Add(next);
            foreach (Span child in children[next.Span.Id].Reverse())
            {
                open.Push((child, next.Depth + 1));
            }
        }

        int deepest = -1;
        var kept = new List<WaterfallRow>(order.Count);
        for (int i = order.Count - 1; i >= 0; i--)
        {
            (Span span, int depth) = order[i];
            bool isMatch = matches is null || matches(span);

            // Going backwards, the next span above one that is kept is its parent.
            if (isMatch || depth < deepest)
            {
                kept.Add(new WaterfallRow(span, depth, children[span.Id].Count(), isMatch));
                deepest = depth;
            }
        }

        kept.Reverse();
        rows.AddRange(kept);
    }
}
