using Aspire.Hosting.Dashboard.Telemetry;
using TakenPoint = (
    Aspire.Hosting.Dashboard.Telemetry.Instrument Instrument,
    System.Collections.Generic.IReadOnlyList<Aspire.Hosting.Dashboard.Telemetry.TelemetryAttribute> Dimensions,
    Aspire.Hosting.Dashboard.Telemetry.MetricPoint Point);

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Reads an ExportMetricsServiceRequest.</summary>
/// <remarks>Field numbers: opentelemetry/proto/metrics/v1/metrics.proto. Exemplars are left out.</remarks>
internal static class OtlpMetrics
{
    private const int DeltaTemporality = 1;

    /// <summary>Takes in all points, or none where the bytes are not in order.</summary>
    /// <exception cref="OtlpFormatException">They are not.</exception>
    public static void Read(ReadOnlySpan<byte> request, TelemetryStore store)
    {
        var points = new List<TakenPoint>();
        OtlpRequest.Read(request, store, (record, resource, scope) => ReadMetric(record, resource, scope, points));
        store.Metrics.Add(points);
    }

    private static void ReadMetric(ProtobufReader reader, TelemetryResource resource, TelemetryScope scope, List<TakenPoint> points)
    {
        // Name and unit may stand after the points, so they are looked up first.
        var instrument = new Instrument(resource.Name, scope.Name, "", "", "", InstrumentKind.Gauge, IsDelta: false);
        ProtobufReader names = reader;
        while (names.Next())
        {
            switch (names.Field)
            {
                case 1:
                    instrument = instrument with { Name = OtlpValues.Name(names.ReadBytes()) };
                    break;
                case 2:
                    instrument = instrument with { Description = OtlpValues.Name(names.ReadBytes()) };
                    break;
                case 3:
                    instrument = instrument with { Unit = OtlpValues.Name(names.ReadBytes()) };
                    break;
                default:
                    names.Skip();
                    break;
            }
        }

        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 5:
                    ReadPoints(reader.ReadMessage(), instrument, resource, MetricPointReader.ReadNumber, points);
                    break;
                case 7:
                    ReadPoints(reader.ReadMessage(), instrument with { Kind = InstrumentKind.UpDownCounter }, resource, MetricPointReader.ReadNumber, points);
                    break;
                case 9:
                    ReadPoints(reader.ReadMessage(), instrument with { Kind = InstrumentKind.Histogram }, resource, MetricPointReader.ReadHistogram, points);
                    break;
                case 10:
                    ReadPoints(reader.ReadMessage(), instrument with { Kind = InstrumentKind.Histogram }, resource, MetricPointReader.ReadExponential, points);
                    break;
                default:
                    // A summary (11) is what old Prometheus clients send; no .NET instrument makes one.
                    reader.Skip();
                    break;
            }
        }
    }

    private static void ReadPoints(
        ProtobufReader reader, Instrument instrument, TelemetryResource resource, MetricPointReader.Reading read, List<TakenPoint> points)
    {
        ProtobufReader flags = reader;
        while (flags.Next())
        {
            switch (flags.Field)
            {
                case 2:
                    instrument = instrument with { IsDelta = flags.ReadVarint() == DeltaTemporality };
                    break;
                case 3 when instrument.Kind == InstrumentKind.UpDownCounter:
                    instrument = flags.ReadVarint() != 0 ? instrument with { Kind = InstrumentKind.Counter } : instrument;
                    break;
                default:
                    flags.Skip();
                    break;
            }
        }

        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            var dimensions = default(AttributeList);
            MetricPoint point = read(reader.ReadMessage(), ref dimensions);
            if (resource.InstanceId.Length > 0)
            {
                // Replicas count each for themselves; their points must not fall into one series.
                dimensions.Add("service.instance.id", resource.InstanceId);
            }

            points.Add((instrument, dimensions.ToArray(), point));
        }
    }
}
