namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The newest traces of every resource.</summary>
public sealed class TraceStore
{
    private readonly Lock _gate = new();
    private readonly TelemetryLimits _limits;
    private readonly BoundedQueues<Trace> _queues;
    private readonly Dictionary<TraceId, Trace> _traces = [];
    private readonly Action<Trace> _forget;
    private long _version;
    private long _spanCount;
    private long _droppedSpanCount;

    internal TraceStore(TelemetryLimits limits)
    {
        _limits = limits;
        _queues = new BoundedQueues<Trace>(limits.TracesPerResource, limits.TraceBytes);
        _forget = trace => _traces.Remove(trace.Id);
    }

    /// <summary>Rises with every change.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Spans taken in since the start, kept or not.</summary>
    public long SpanCount => Volatile.Read(ref _spanCount);

    /// <summary>Traces that had to make room.</summary>
    public long DroppedCount
    {
        get
        {
            lock (_gate)
            {
                return _queues.DroppedCount;
            }
        }
    }

    /// <summary>Spans beyond the limit of one trace.</summary>
    public long DroppedSpanCount => Volatile.Read(ref _droppedSpanCount);

    /// <summary>Estimated memory of all that is kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _queues.Bytes;
            }
        }
    }

    internal void Add(IReadOnlyList<Span> spans)
    {
        if (spans.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            foreach (Span span in spans)
            {
                Add(span);
            }

            _spanCount += spans.Count;
            _version++;
        }
    }

    public Trace? Find(TraceId id)
    {
        lock (_gate)
        {
            return _traces.GetValueOrDefault(id);
        }
    }

    /// <summary>All traces in the order in which their first span came, of one owner or of all.</summary>
    public IReadOnlyList<Trace> Snapshot()
    {
        lock (_gate)
        {
            return _queues.Snapshot();
        }
    }

    internal void Clear()
    {
        lock (_gate)
        {
            _queues.Clear();
            _traces.Clear();
            _droppedSpanCount = 0;
            _version++;
        }
    }

    private void Add(Span span)
    {
        if (_traces.TryGetValue(span.TraceId, out Trace? trace))
        {
            int before = trace.DroppedSpanCount;
            long grown = trace.Add(span, _limits.SpansPerTrace);
            _droppedSpanCount += trace.DroppedSpanCount - before;
            _queues.Grow(trace.Owner.Name, grown, _forget);
            return;
        }

        trace = new Trace(span.TraceId, span.Resource);
        trace.Add(span, _limits.SpansPerTrace);
        _traces.Add(span.TraceId, trace);
        _queues.Add(span.Resource.Name, trace, _forget);
    }
}
