using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Gathers attributes up to the limit and counts the rest.</summary>
internal struct AttributeList
{
    private TelemetryAttribute[]? _items;
    private int _count;

    public int DroppedCount { get; set; }

    /// <summary>Estimated memory.</summary>
    public int Bytes { get; private set; }

    public void Add(string name, object? value)
    {
        if (_count == TelemetryLimits.AttributesMax)
        {
            DroppedCount++;
            return;
        }

        _items ??= new TelemetryAttribute[8];
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, _count * 2);
        }

        _items[_count++] = new TelemetryAttribute(name, value);
        Bytes += 24 + OtlpValues.BytesOf(value);
    }

    public readonly TelemetryAttribute[] ToArray() => _count == 0 ? [] : _items![.._count];
}
