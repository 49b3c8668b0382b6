namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The spans of one trace so far. The store alone adds to it, under its lock; reading needs none.</summary>
public sealed class Trace : IKept
{
    private Span[] _spans = new Span[1];
    private int _count;
    private long _bytes = 200;

    internal Trace(TraceId id, TelemetryResource owner)
    {
        Id = id;
        Owner = owner;
    }

    public TraceId Id { get; }

    /// <summary>The resource whose span came first; it counts against this one's limit.</summary>
    public TelemetryResource Owner { get; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Start { get; private set; } = long.MaxValue;

    public long End { get; private set; }

    public long Duration => Math.Max(0, End - Start);

    public bool HasError { get; private set; }

    /// <summary>Spans beyond the limit of one trace: counted, not kept.</summary>
    public int DroppedSpanCount { get; private set; }

    /// <summary>The span without parent; while it has not come, the earliest.</summary>
    public Span Root { get; private set; } = null!;

    public long Bytes => _bytes;

    public int SpanCount => Volatile.Read(ref _count);

    /// <summary>In the order of arrival. What is in it does not change; more may come after it was taken.</summary>
    public ReadOnlySpan<Span> Spans
    {
        get
        {
            // The count is read first: the array is then at least that long, and filled that far.
            int count = Volatile.Read(ref _count);
            return Volatile.Read(ref _spans).AsSpan(0, count);
        }
    }

    /// <returns>The bytes by which the trace has grown; zero where the span was only counted.</returns>
    internal long Add(Span span, int countMax)
    {
        if (_count >= countMax)
        {
            DroppedSpanCount++;
            return 0;
        }

        if (_count == _spans.Length)
        {
            var larger = new Span[_count * 2];
            _spans.CopyTo(larger, 0);
            Volatile.Write(ref _spans, larger);
        }

        _spans[_count] = span;
        if (Root is null || (span.ParentId.IsEmpty && !Root.ParentId.IsEmpty) || (span.ParentId.IsEmpty == Root.ParentId.IsEmpty && span.Start < Root.Start))
        {
            Root = span;
        }

        Start = Math.Min(Start, span.Start);
        End = Math.Max(End, span.End);
        HasError |= span.IsError;
        _bytes += span.Bytes;
        Volatile.Write(ref _count, _count + 1);
        return span.Bytes;
    }
}
