namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The points of an instrument for one set of dimensions. The store alone writes, under its lock.</summary>
internal sealed class MetricSeries(IReadOnlyList<TelemetryAttribute> dimensions)
{
    private MetricPoint[] _points = new MetricPoint[4];
    private int _first;

    public IReadOnlyList<TelemetryAttribute> Dimensions { get; } = dimensions;

    public int Count { get; private set; }

    /// <returns>Whether a point was added; an unchanged value only lasts longer.</returns>
    public bool Add(in MetricPoint point)
    {
        if (Count > 0)
        {
            ref MetricPoint last = ref At(Count - 1);
            if (point.Until < last.Until)
            {
                return false;
            }

            if (last.SaysTheSameAs(point))
            {
                last = last with { Until = point.Until };
                return false;
            }
        }

        if (Count == _points.Length)
        {
            var larger = new MetricPoint[Count * 2];
            CopyTo(larger);
            _points = larger;
            _first = 0;
        }

        Count++;
        At(Count - 1) = point;
        return true;
    }

    public int DropOldest()
    {
        int bytes = At(0).Bytes;
        At(0) = default;
        _first = (_first + 1) % _points.Length;
        Count--;
        return bytes;
    }

    public MetricPoint[] Copy()
    {
        var copy = new MetricPoint[Count];
        CopyTo(copy);
        return copy;
    }

    private ref MetricPoint At(int index) => ref _points[(_first + index) % _points.Length];

    private void CopyTo(MetricPoint[] target)
    {
        for (int i = 0; i < Count; i++)
        {
            target[i] = At(i);
        }
    }
}
