namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>What the numbers of an instrument mean.</summary>
public enum InstrumentKind
{
    /// <summary>A value at a moment.</summary>
    Gauge,

    /// <summary>A total that only rises.</summary>
    Counter,

    /// <summary>A total that rises and falls.</summary>
    UpDownCounter,

    /// <summary>A distribution in buckets.</summary>
    Histogram,
}
