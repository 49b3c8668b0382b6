using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>Every limit holds, the oldest goes first, and what went is counted.</summary>
public sealed class TelemetryStoreTests
{
    [Fact]
    public void The_oldest_traces_of_a_resource_make_room_and_other_resources_keep_theirs()
    {
        var store = new TelemetryStore(new TelemetryLimits { TracesPerResource = 3 });
        OtlpTraces.Read(Requests.Traces("quiet", Requests.Span(100, 1, "kept")), store);

        OtlpTraces.Read(Requests.Traces("loud", [.. Enumerable.Range(1, 5).Select(i => Requests.Span((ulong)i, 1, $"span {i}"))]), store);

        Assert.Equal(["kept", "span 3", "span 4", "span 5"], store.Traces.Snapshot().Select(trace => trace.Root.Name).Order());
        Assert.Equal(2, store.Traces.DroppedCount);
        Assert.Null(store.Traces.Find(new TraceId(0, 1)));
        Assert.NotNull(store.Traces.Find(new TraceId(0, 5)));
    }

    [Fact]
    public void Spans_of_several_services_make_one_trace_with_the_root_that_has_no_parent()
    {
        var store = new TelemetryStore();
        OtlpTraces.Read(Requests.Traces("rag", Requests.Span(1, 2, "search", parent: 1, start: Requests.Start + 5, isError: true)), store);
        OtlpTraces.Read(Requests.Traces("gateway", Requests.Span(1, 1, "chat", milliseconds: 40)), store);

        Trace trace = Assert.Single(store.Traces.Snapshot());
        Assert.Equal(("chat", "gateway", "rag"), (trace.Root.Name, trace.Root.Resource.Name, trace.Owner.Name));
        Assert.Equal((2, true, 40_000_000L), (trace.SpanCount, trace.HasError, trace.Duration));
    }

    [Fact]
    public void A_trace_beyond_its_limit_counts_the_spans_that_it_does_not_keep()
    {
        var store = new TelemetryStore(new TelemetryLimits { SpansPerTrace = 4 });

        OtlpTraces.Read(Requests.Traces("loop", [.. Enumerable.Range(1, 10).Select(i => Requests.Span(1, (ulong)i, "again"))]), store);

        Trace trace = Assert.Single(store.Traces.Snapshot());
        Assert.Equal((4, 6), (trace.SpanCount, trace.DroppedSpanCount));
        Assert.Equal(6, store.Traces.DroppedSpanCount);
    }

    [Fact]
    public void Large_spans_are_dropped_by_their_bytes_long_before_their_number()
    {
        var store = new TelemetryStore(new TelemetryLimits { TraceBytes = 200_000 });

        for (int i = 1; i <= 50; i++)
        {
            OtlpTraces.Read(Requests.Traces("large", Requests.Span((ulong)i, 1, "big", attributes: [("text", new string('x', 10_000 + i))])), store);
        }

        Assert.InRange(store.Traces.Bytes, 1, 200_000);
        Assert.InRange(store.Traces.Snapshot().Count, 5, 10);
        Assert.Equal(50, store.Traces.Snapshot().Count + store.Traces.DroppedCount);
    }

    [Fact]
    public void The_oldest_logs_make_room()
    {
        var store = new TelemetryStore(new TelemetryLimits { LogsPerResource = 2 });

        OtlpLogs.Read(Requests.Logs("talker", Requests.Log("one"), Requests.Log("two"), Requests.Log("three")), store);

        Assert.Equal(["two", "three"], store.Logs.Snapshot().Select(log => log.Message));
        Assert.Equal((1L, 3L), (store.Logs.DroppedCount, store.Logs.Snapshot()[^1].Number));
    }

    [Fact]
    public void The_oldest_points_make_room_and_an_unchanged_value_takes_none()
    {
        var store = new TelemetryStore(new TelemetryLimits { PointsPerResource = 4 });
        for (ulong i = 0; i < 10; i++)
        {
            OtlpMetrics.Read(
                Requests.Metrics(
                    "meter", Requests.Gauge("rises", Requests.Start + (i * Requests.Second), (long)i), Requests.Gauge("stays", Requests.Start + (i * Requests.Second), 7)),
                store);
        }

        SeriesView rises = Assert.Single(store.Metrics.Find("meter", "Sample.Scope", "rises")!.Value.Series);
        SeriesView stays = Assert.Single(store.Metrics.Find("meter", "Sample.Scope", "stays")!.Value.Series);
        Assert.Equal([7, 8, 9], rises.Points.Select(point => point.Value));
        MetricPoint unchanged = Assert.Single(stays.Points);
        Assert.Equal((7, (long)(Requests.Start + (9 * Requests.Second))), (unchanged.Value, unchanged.Until));
        Assert.Equal(9, store.Metrics.DroppedPointCount);
    }

    [Fact]
    public void Dimensions_in_another_order_are_the_same_series_and_too_many_are_refused()
    {
        var store = new TelemetryStore(new TelemetryLimits { SeriesPerInstrument = 2 });

        OtlpMetrics.Read(
            Requests.Metrics(
                "meter",
                Requests.Counter("c", Requests.Start, 1, ("a", "1"), ("b", "2")),
                Requests.Counter("c", Requests.Start + Requests.Second, 2, ("b", "2"), ("a", "1")),
                Requests.Counter("c", Requests.Start, 1, ("a", "other")),
                Requests.Counter("c", Requests.Start, 1, ("a", "one too many"))),
            store);

        (Instrument instrument, IReadOnlyList<SeriesView> series) = store.Metrics.Find("meter", "Sample.Scope", "c")!.Value;
        Assert.Equal((InstrumentKind.Counter, "{token}", false), (instrument.Kind, instrument.Unit, instrument.IsDelta));
        Assert.Equal([2, 1], series.Select(one => one.Points.Count));
        Assert.Equal(1, store.Metrics.RefusedPointCount);
    }

    [Fact]
    public void A_histogram_keeps_its_buckets()
    {
        var store = new TelemetryStore();

        OtlpMetrics.Read(Requests.Metrics("meter", Requests.Histogram("h", Requests.Start, [0.1, 1], [3, 2, 1], 4.5)), store);

        MetricPoint point = Assert.Single(Assert.Single(store.Metrics.Find("meter", "Sample.Scope", "h")!.Value.Series).Points);
        Assert.Equal((6UL, 4.5), (point.Count, point.Value));
        Assert.Equal([3UL, 2, 1], point.Buckets!);
        Assert.Equal([0.1, 1], point.Bounds!);
    }

    [Fact]
    public void Attributes_and_texts_have_their_limits()
    {
        var store = new TelemetryStore();
        (string, object)[] many = [.. Enumerable.Range(0, 200).Select(i => ($"a{i}", (object)i))];

        OtlpLogs.Read(Requests.Logs("talker", Requests.Log(new string('y', 100_000), attributes: many)), store);

        LogEntry log = Assert.Single(store.Logs.Snapshot());
        Assert.Equal((128, 72), (log.Attributes.Count, log.DroppedAttributeCount));
        Assert.Equal(TelemetryLimits.TextMax + 1, log.Message.Length);
        Assert.EndsWith("…", log.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_processes_than_are_told_apart_are_refused_and_counted()
    {
        var store = new TelemetryStore(new TelemetryLimits { Resources = 1 });

        OtlpLogs.Read(Requests.Logs("first", Requests.Log("kept")), store);
        OtlpLogs.Read(Requests.Logs("second", Requests.Log("refused")), store);

        Assert.Equal("kept", Assert.Single(store.Logs.Snapshot()).Message);
        Assert.Equal(1, store.RefusedCount);
    }
}
