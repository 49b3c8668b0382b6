using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Reads an ExportTraceServiceRequest.</summary>
/// <remarks>Field numbers: opentelemetry/proto/trace/v1/trace.proto.</remarks>
internal static class OtlpTraces
{
    private const int SpanBytes = 240;

    /// <summary>Takes in all spans, or none where the bytes are not in order.</summary>
    /// <exception cref="OtlpFormatException">They are not.</exception>
    public static void Read(ReadOnlySpan<byte> request, TelemetryStore store)
    {
        var spans = new List<Span>();
        OtlpRequest.Read(request, store, (record, resource, scope) =>
        {
            if (ReadSpan(record, resource, scope) is { } span)
            {
                spans.Add(span);
            }
        });
        store.Traces.Add(spans);
    }

    /// <returns>Null for a span without ids, which no trace could hold.</returns>
    private static Span? ReadSpan(ProtobufReader reader, TelemetryResource resource, TelemetryScope scope)
    {
        TraceId traceId = default;
        SpanId id = default, parentId = default;
        string name = "", traceState = "", statusMessage = "";
        int kind = 0, status = 0;
        long start = 0, end = 0;
        var attributes = default(AttributeList);
        List<SpanEvent>? events = null;
        List<SpanLink>? links = null;
        int bytes = SpanBytes;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    traceId = TraceId.From(reader.ReadBytes());
                    break;
                case 2:
                    id = SpanId.From(reader.ReadBytes());
                    break;
                case 3:
                    traceState = OtlpValues.Name(reader.ReadBytes());
                    break;
                case 4:
                    parentId = SpanId.From(reader.ReadBytes());
                    break;
                case 5:
                    name = OtlpValues.Name(reader.ReadBytes());
                    break;
                case 6:
                    kind = (int)Math.Min(reader.ReadVarint(), 5);
                    break;
                case 7:
                    start = reader.ReadTime();
                    break;
                case 8:
                    end = reader.ReadTime();
                    break;
                case 9:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref attributes);
                    break;
                case 10:
                    attributes.DroppedCount += (int)Math.Min(reader.ReadVarint(), 1_000_000);
                    break;
                case 11 when (events ??= []).Count < TelemetryLimits.ElementsMax:
                    events.Add(ReadEvent(reader.ReadMessage(), ref bytes));
                    break;
                case 13 when (links ??= []).Count < TelemetryLimits.ElementsMax:
                    links.Add(ReadLink(reader.ReadMessage(), ref bytes));
                    break;
                case 15:
                    (status, statusMessage) = ReadStatus(reader.ReadMessage());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return traceId.IsEmpty || id.IsEmpty
            ? null
            : new Span
            {
                Resource = resource,
                Scope = scope,
                TraceId = traceId,
                Id = id,
                ParentId = parentId,
                Name = name,
                Kind = (SpanKind)kind,
                Start = start,
                End = end,
                Status = (SpanStatus)status,
                StatusMessage = statusMessage,
                TraceState = traceState,
                Attributes = attributes.ToArray(),
                Events = events is null ? [] : events.ToArray(),
                Links = links is null ? [] : links.ToArray(),
                DroppedAttributeCount = attributes.DroppedCount,
                Bytes = bytes + attributes.Bytes + (2 * (name.Length + statusMessage.Length)),
            };
    }

    private static SpanEvent ReadEvent(ProtobufReader reader, ref int bytes)
    {
        long time = 0;
        string name = "";
        var attributes = default(AttributeList);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    time = reader.ReadTime();
                    break;
                case 2:
                    name = OtlpValues.Name(reader.ReadBytes());
                    break;
                case 3:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref attributes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        bytes += 64 + attributes.Bytes;
        return new SpanEvent(time, name, attributes.ToArray());
    }

    private static SpanLink ReadLink(ProtobufReader reader, ref int bytes)
    {
        TraceId traceId = default;
        SpanId spanId = default;
        var attributes = default(AttributeList);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    traceId = TraceId.From(reader.ReadBytes());
                    break;
                case 2:
                    spanId = SpanId.From(reader.ReadBytes());
                    break;
                case 4:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref attributes);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        bytes += 64 + attributes.Bytes;
        return new SpanLink(traceId, spanId, attributes.ToArray());
    }

    private static (int Status, string Message) ReadStatus(ProtobufReader reader)
    {
        (int status, string message) = (0, "");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    message = OtlpValues.Text(reader.ReadBytes());
                    break;
                case 3:
                    status = (int)Math.Min(reader.ReadVarint(), 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (status, message);
    }
}
