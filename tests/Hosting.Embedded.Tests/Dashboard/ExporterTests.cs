using System.Diagnostics;
using System.Diagnostics.Metrics;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Instrument = Aspire.Hosting.Dashboard.Telemetry.Instrument;
using MetricPoint = Aspire.Hosting.Dashboard.Telemetry.MetricPoint;
using SpanKind = Aspire.Hosting.Dashboard.Telemetry.SpanKind;
using Trace = Aspire.Hosting.Dashboard.Telemetry.Trace;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>What the real OpenTelemetry SDK sends arrives as it was said, over both protocols.</summary>
public sealed partial class ExporterTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Spans_arrive(OtlpExportProtocol protocol)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        string name = $"Exporter.{protocol}";
        using var source = new ActivitySource(name, "1.2");
        using TracerProvider provider = Sdk.CreateTracerProviderBuilder().AddSource(name).SetResourceBuilder(Service())
            .AddOtlpExporter(options => Point(options, dashboard, protocol, "traces")).Build();

        ActivityTraceId traceId;
        using (Activity root = source.StartActivity("root", ActivityKind.Server)!)
        {
            traceId = root.TraceId;
            root.SetTag("text", "grün 绿").SetTag("number", 7).SetTag("real", 0.5).SetTag("truth", true).SetTag("list", new[] { "a", "b" });
            using Activity child = source.StartActivity("child", ActivityKind.Client)!;
            child.AddEvent(new ActivityEvent("thought", tags: new() { ["deep"] = "yes" }));
            child.AddLink(new ActivityLink(root.Context));
            child.SetStatus(ActivityStatusCode.Error, "it broke");
        }

        Assert.True(provider.ForceFlush());
        Assert.True(TraceId.TryParse(traceId.ToHexString(), out TraceId id));
        await RunningDashboard.UntilAsync(() => dashboard.Store.Traces.Find(id) is { SpanCount: 2 }, "two spans");

        Trace trace = dashboard.Store.Traces.Find(id)!;
        Span rootSpan = trace.Root;
        Span childSpan = trace.Spans.ToArray().Single(span => span.Name == "child");
        Assert.Equal(("root", SpanKind.Server, "sdk-service", "instance-1"), (rootSpan.Name, rootSpan.Kind, rootSpan.Resource.Name, rootSpan.Resource.InstanceId));
        Assert.Equal((name, "1.2"), (rootSpan.Scope.Name, rootSpan.Scope.Version));
        Assert.Equal(("grün 绿", 7L, 0.5, true, "[a, b]"), (
            rootSpan.Attributes.Find("text"), rootSpan.Attributes.Find("number"), rootSpan.Attributes.Find("real"), rootSpan.Attributes.Find("truth"),
            rootSpan.Attributes.FindText("list")));
        Assert.Equal((SpanKind.Client, rootSpan.Id, SpanStatus.Error, "it broke"), (childSpan.Kind, childSpan.ParentId, childSpan.Status, childSpan.StatusMessage));
        SpanEvent thought = Assert.Single(childSpan.Events);
        Assert.Equal(("thought", "yes"), (thought.Name, thought.Attributes.FindText("deep")));
        Assert.Equal((id, rootSpan.Id), (childSpan.Links[0].TraceId, childSpan.Links[0].SpanId));
    }

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Metrics_arrive(OtlpExportProtocol protocol)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        string name = $"Exporter.Meter.{protocol}";
        using var meter = new Meter(name);
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(name).SetResourceBuilder(Service())
            .AddView("exponential", new Base2ExponentialBucketHistogramConfiguration())
            .AddOtlpExporter((options, reader) =>
            {
                Point(options, dashboard, protocol, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue;
            }).Build();
        meter.CreateCounter<long>("tokens", "{token}", "Tokens written").Add(5, new KeyValuePair<string, object?>("model", "small"));
        meter.CreateObservableGauge("queue", () => 3);
        meter.CreateUpDownCounter<int>("open").Add(-2);
        Histogram<double> took = meter.CreateHistogram<double>("took", "s");
        took.Record(0.2);
        took.Record(70);
        Histogram<double> exponential = meter.CreateHistogram<double>("exponential");
        exponential.Record(3);
        exponential.Record(0);

        Assert.True(provider.ForceFlush());
        await RunningDashboard.UntilAsync(() => dashboard.Store.Metrics.Instruments().Count == 5, "five instruments");

        (Instrument tokens, IReadOnlyList<SeriesView> series) = Find("tokens");
        Assert.Equal((InstrumentKind.Counter, "{token}", "Tokens written"), (tokens.Kind, tokens.Unit, tokens.Description));
        Assert.Equal((5, "small"), (series[0].Points[0].Value, series[0].Dimensions.FindText("model")));
        Assert.Equal((InstrumentKind.Gauge, 3), (Find("queue").Instrument.Kind, Find("queue").Series[0].Points[0].Value));
        Assert.Equal((InstrumentKind.UpDownCounter, -2), (Find("open").Instrument.Kind, Find("open").Series[0].Points[0].Value));
        MetricPoint histogram = Find("took").Series[0].Points[0];
        Assert.Equal((2UL, 70.2), (histogram.Count, histogram.Value));
        Assert.Equal(2UL, histogram.Buckets!.Aggregate(0UL, (all, one) => all + one));
        MetricPoint buckets = Find("exponential").Series[0].Points[0];
        int holding = buckets.Buckets!.Select((count, i) => (count, i)).Last(bucket => bucket.count > 0).i;
        Assert.Equal((2UL, 1UL), (buckets.Count, buckets.Buckets![0]));
        Assert.True(buckets.Bounds![holding - 1] < 3 && 3 <= buckets.Bounds[holding]);

        (Instrument Instrument, IReadOnlyList<SeriesView> Series) Find(string instrument) => dashboard.Store.Metrics.Find("sdk-service", name, instrument)!.Value;
    }

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Logs_arrive(OtlpExportProtocol protocol)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        using (ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.SetResourceBuilder(Service());
            options.AddOtlpExporter(exporter => Point(exporter, dashboard, protocol, "logs"));
        })))
        {
            LogPromoted(loggers.CreateLogger("Sample.Category"), "adapter-1", new InvalidOperationException("for the test"));
        }

        await RunningDashboard.UntilAsync(() => dashboard.Store.Logs.Snapshot().Count == 1, "one log");

        LogEntry log = dashboard.Store.Logs.Snapshot()[0];
        Assert.Equal(("Promoted adapter-1", LogLevelName.Warning, "Sample.Category"), (log.Message, log.Level, log.Scope.Name));
        Assert.Equal("adapter-1", log.Attributes.FindText("Adapter"));
        Assert.Equal("InvalidOperationException", log.Attributes.FindText("exception.type"));
    }

    internal static ResourceBuilder Service() => ResourceBuilder.CreateEmpty().AddService("sdk-service", serviceInstanceId: "instance-1");

    internal static void Point(OtlpExporterOptions options, RunningDashboard dashboard, OtlpExportProtocol protocol, string signal)
    {
        options.Protocol = protocol;
        options.Endpoint = protocol == OtlpExportProtocol.Grpc ? dashboard.Grpc : new Uri(dashboard.Address, $"/v1/{signal}");
        options.Headers = $"x-otlp-api-key={Uri.EscapeDataString(RunningDashboard.OtlpKey)}";
    }

    [LoggerMessage(1, LogLevel.Warning, "Promoted {Adapter}")]
    private static partial void LogPromoted(ILogger logger, string adapter, Exception exception);
}
