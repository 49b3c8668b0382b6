using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Reads an ExportLogsServiceRequest.</summary>
/// <remarks>Field numbers: opentelemetry/proto/logs/v1/logs.proto.</remarks>
internal static class OtlpLogs
{
    private const int LogBytes = 180;

    /// <summary>Takes in all logs, or none where the bytes are not in order.</summary>
    /// <exception cref="OtlpFormatException">They are not.</exception>
    public static void Read(ReadOnlySpan<byte> request, TelemetryStore store)
    {
        var logs = new List<LogEntry>();
        OtlpRequest.Read(request, store, (record, resource, scope) => logs.Add(ReadLog(record, resource, scope)));
        store.Logs.Add(logs);
    }

    private static LogEntry ReadLog(ProtobufReader reader, TelemetryResource resource, TelemetryScope scope)
    {
        long time = 0, observed = 0;
        int severity = 0;
        string severityText = "", message = "", eventName = "";
        TraceId traceId = default;
        SpanId spanId = default;
        var attributes = default(AttributeList);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    time = reader.ReadTime();
                    break;
                case 2:
                    severity = (int)Math.Min(reader.ReadVarint(), 24);
                    break;
                case 3:
                    severityText = OtlpValues.Name(reader.ReadBytes());
                    break;
                case 5:
                    message = TelemetryAttribute.TextOf(OtlpValues.ReadValue(reader.ReadMessage()));
                    break;
                case 6:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref attributes);
                    break;
                case 7:
                    attributes.DroppedCount += (int)Math.Min(reader.ReadVarint(), 1_000_000);
                    break;
                case 9:
                    traceId = TraceId.From(reader.ReadBytes());
                    break;
                case 10:
                    spanId = SpanId.From(reader.ReadBytes());
                    break;
                case 11:
                    observed = reader.ReadTime();
                    break;
                case 12:
                    eventName = OtlpValues.Name(reader.ReadBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LogEntry
        {
            Resource = resource,
            Scope = scope,
            Time = time != 0 ? time : observed,
            Severity = severity,
            SeverityText = severityText,
            Message = message,
            EventName = eventName,
            TraceId = traceId,
            SpanId = spanId,
            Attributes = attributes.ToArray(),
            DroppedAttributeCount = attributes.DroppedCount,
            Bytes = LogBytes + attributes.Bytes + (2 * message.Length),
        };
    }
}
