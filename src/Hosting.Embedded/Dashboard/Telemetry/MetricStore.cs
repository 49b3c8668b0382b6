namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The newest points of every instrument of every resource.</summary>
public sealed class MetricStore
{
    private readonly Lock _gate = new();
    private readonly TelemetryLimits _limits;
    private readonly Dictionary<string, Meters> _resources = new(StringComparer.Ordinal);
    private long _bytes;
    private long _version;
    private long _droppedPointCount;
    private long _refusedSeriesCount;

    internal MetricStore(TelemetryLimits limits) => _limits = limits;

    /// <summary>Rises with every change.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Points that had to make room.</summary>
    public long DroppedPointCount => Volatile.Read(ref _droppedPointCount);

    /// <summary>Points of instruments or series beyond their limits.</summary>
    public long RefusedPointCount => Volatile.Read(ref _refusedSeriesCount);

    internal void Add(IReadOnlyList<(Instrument Instrument, IReadOnlyList<TelemetryAttribute> Dimensions, MetricPoint Point)> points)
    {
        lock (_gate)
        {
            foreach ((Instrument instrument, IReadOnlyList<TelemetryAttribute> dimensions, MetricPoint point) in points)
            {
                Add(instrument, dimensions, point);
            }

            _version++;
        }
    }

    /// <summary>Every instrument that has been seen, by resource, meter and name.</summary>
    public IReadOnlyList<Instrument> Instruments()
    {
        lock (_gate)
        {
            return
            [
                .. _resources.Values.SelectMany(resource => resource.Instruments.Values).Select(one => one.Instrument)
                    .OrderBy(one => one.Resource, StringComparer.Ordinal).ThenBy(one => one.Meter, StringComparer.Ordinal)
                    .ThenBy(one => one.Name, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>The series of one instrument; null where there is none of that name.</summary>
    public (Instrument Instrument, IReadOnlyList<SeriesView> Series)? Find(string resource, string meter, string name)
    {
        lock (_gate)
        {
            return _resources.TryGetValue(resource, out Meters? meters) && meters.Instruments.TryGetValue((meter, name), out Kept? kept)
                ? (kept.Instrument, [.. kept.Series.Values.Select(series => new SeriesView(series.Dimensions, series.Copy()))])
                : null;
        }
    }

    internal void Clear()
    {
        lock (_gate)
        {
            _resources.Clear();
            _bytes = 0;
            _droppedPointCount = 0;
            _refusedSeriesCount = 0;
            _version++;
        }
    }

    private void Add(Instrument instrument, IReadOnlyList<TelemetryAttribute> dimensions, in MetricPoint point)
    {
        if (!_resources.TryGetValue(instrument.Resource, out Meters? meters))
        {
            _resources[instrument.Resource] = meters = new Meters();
        }

        if (!meters.Instruments.TryGetValue((instrument.Meter, instrument.Name), out Kept? kept))
        {
            if (meters.Instruments.Count >= _limits.InstrumentsPerResource)
            {
                _refusedSeriesCount++;
                return;
            }

            meters.Instruments[(instrument.Meter, instrument.Name)] = kept = new Kept(instrument);
        }

        var key = new DimensionKey(dimensions);
        if (!kept.Series.TryGetValue(key, out MetricSeries? series))
        {
            if (kept.Series.Count >= _limits.SeriesPerInstrument)
            {
                _refusedSeriesCount++;
                return;
            }

            kept.Series[key] = series = new MetricSeries(dimensions);
        }

        if (!series.Add(point))
        {
            return;
        }

        meters.Order.Enqueue(series);
        meters.Bytes += point.Bytes;
        _bytes += point.Bytes;
        if (meters.Order.Count > _limits.PointsPerResource)
        {
            DropOldest(meters);
        }

        while (_bytes > _limits.MetricBytes)
        {
            DropOldest(_resources.Values.MaxBy(one => one.Bytes)!);
        }
    }

    private void DropOldest(Meters meters)
    {
        int bytes = meters.Order.Dequeue().DropOldest();
        meters.Bytes -= bytes;
        _bytes -= bytes;
        _droppedPointCount++;
    }

    private sealed class Meters
    {
        public Dictionary<(string Meter, string Name), Kept> Instruments { get; } = [];

        // One entry a point: whose turn it is to give one up.
        public Queue<MetricSeries> Order { get; } = new();

        public long Bytes { get; set; }
    }

    private sealed record Kept(Instrument Instrument)
    {
        public Dictionary<DimensionKey, MetricSeries> Series { get; } = [];
    }

    /// <summary>Dimensions as a key; the order in which they are sent does not matter.</summary>
    private sealed class DimensionKey : IEquatable<DimensionKey>
    {
        private readonly TelemetryAttribute[] _sorted;
        private readonly int _hash;

        public DimensionKey(IReadOnlyList<TelemetryAttribute> dimensions)
        {
            _sorted = [.. dimensions];
            Array.Sort(_sorted, static (one, other) => string.CompareOrdinal(one.Name, other.Name));
            var hash = default(HashCode);
            foreach (TelemetryAttribute dimension in _sorted)
            {
                hash.Add(dimension.Name, StringComparer.Ordinal);
                hash.Add(dimension.Text, StringComparer.Ordinal);
            }

            _hash = hash.ToHashCode();
        }

        public bool Equals(DimensionKey? other) => other is not null && _hash == other._hash && _sorted.Length == other._sorted.Length
            && _sorted.Zip(other._sorted).All(pair => pair.First.Name == pair.Second.Name && pair.First.Text == pair.Second.Text);

        public override bool Equals(object? obj) => Equals(obj as DimensionKey);

        public override int GetHashCode() => _hash;
    }
}
