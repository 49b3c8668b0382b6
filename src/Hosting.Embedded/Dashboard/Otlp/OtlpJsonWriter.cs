using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Writes spans and logs as OTLP has them in JSON, so that other tools can read an export.</summary>
internal static class OtlpJsonWriter
{
    // The answer is JSON by its type, never part of a page: what is readable need not be escaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Traces(IEnumerable<Span> spans) =>
        Write("resourceSpans", "scopeSpans", "spans", spans.GroupBy(span => (span.Resource, span.Scope)), WriteSpan);

    public static byte[] Logs(IEnumerable<LogEntry> logs) =>
        Write("resourceLogs", "scopeLogs", "logRecords", logs.GroupBy(log => (log.Resource, log.Scope)), WriteLog);

    private static byte[] Write<T>(
        string groups, string scopes, string items, IEnumerable<IGrouping<(TelemetryResource Resource, TelemetryScope Scope), T>> all,
        Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteStartArray(groups);
        foreach (IGrouping<TelemetryResource, IGrouping<(TelemetryResource Resource, TelemetryScope Scope), T>> resource in all.GroupBy(one => one.Key.Resource))
        {
            json.WriteStartObject();
            json.WriteStartObject("resource");
            WriteAttributes(json, resource.Key.Attributes);
            json.WriteEndObject();
            json.WriteStartArray(scopes);
            foreach (IGrouping<(TelemetryResource Resource, TelemetryScope Scope), T> scope in resource)
            {
                json.WriteStartObject();
                json.WriteStartObject("scope");
                json.WriteString("name", scope.Key.Scope.Name);
                json.WriteString("version", scope.Key.Scope.Version);
                json.WriteEndObject();
                json.WriteStartArray(items);
                foreach (T item in scope)
                {
                    write(json, item);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteSpan(Utf8JsonWriter json, Span span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", span.TraceId.ToString());
        json.WriteString("spanId", span.Id.ToString());
        if (!span.ParentId.IsEmpty)
        {
            json.WriteString("parentSpanId", span.ParentId.ToString());
        }

        json.WriteString("name", span.Name);
        json.WriteNumber("kind", (int)span.Kind);
        WriteTime(json, "startTimeUnixNano", span.Start);
        WriteTime(json, "endTimeUnixNano", span.End);
        WriteAttributes(json, span.Attributes);
        if (span.Events.Count > 0)
        {
            json.WriteStartArray("events");
            foreach (SpanEvent one in span.Events)
            {
                json.WriteStartObject();
                WriteTime(json, "timeUnixNano", one.Time);
                json.WriteString("name", one.Name);
                WriteAttributes(json, one.Attributes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (span.Links.Count > 0)
        {
            json.WriteStartArray("links");
            foreach (SpanLink link in span.Links)
            {
                json.WriteStartObject();
                json.WriteString("traceId", link.TraceId.ToString());
                json.WriteString("spanId", link.SpanId.ToString());
                WriteAttributes(json, link.Attributes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteStartObject("status");
        json.WriteNumber("code", (int)span.Status);
        if (span.StatusMessage.Length > 0)
        {
            json.WriteString("message", span.StatusMessage);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLog(Utf8JsonWriter json, LogEntry log)
    {
        json.WriteStartObject();
        WriteTime(json, "timeUnixNano", log.Time);
        json.WriteNumber("severityNumber", log.Severity);
        json.WriteString("severityText", log.SeverityText);
        json.WriteStartObject("body");
        json.WriteString("stringValue", log.Message);
        json.WriteEndObject();
        WriteAttributes(json, log.Attributes);
        if (log.EventName.Length > 0)
        {
            json.WriteString("eventName", log.EventName);
        }

        if (!log.TraceId.IsEmpty)
        {
            json.WriteString("traceId", log.TraceId.ToString());
            json.WriteString("spanId", log.SpanId.ToString());
        }

        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, IReadOnlyList<TelemetryAttribute> attributes)
    {
        json.WriteStartArray("attributes");
        foreach (TelemetryAttribute attribute in attributes)
        {
            WriteAttribute(json, attribute);
        }

        json.WriteEndArray();
    }

    private static void WriteAttribute(Utf8JsonWriter json, TelemetryAttribute attribute)
    {
        json.WriteStartObject();
        json.WriteString("key", attribute.Name);
        json.WritePropertyName("value");
        WriteValue(json, attribute.Value);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        json.WriteStartObject();
        switch (value)
        {
            case string text:
                json.WriteString("stringValue", text);
                break;
            case bool truth:
                json.WriteBoolean("boolValue", truth);
                break;
            case long number:
                json.WriteString("intValue", number.ToString(CultureInfo.InvariantCulture));
                break;
            case double real when double.IsFinite(real):
                json.WriteNumber("doubleValue", real);
                break;
            case double real:
                json.WriteString("doubleValue", real.ToString(CultureInfo.InvariantCulture));
                break;
            case byte[] bytes:
                json.WriteBase64String("bytesValue", bytes);
                break;
            case object?[] list:
                json.WriteStartObject("arrayValue");
                json.WriteStartArray("values");
                foreach (object? one in list)
                {
                    WriteValue(json, one);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case TelemetryAttribute[] map:
                json.WriteStartObject("kvlistValue");
                json.WriteStartArray("values");
                foreach (TelemetryAttribute one in map)
                {
                    WriteAttribute(json, one);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, long time) => json.WriteString(name, time.ToString(CultureInfo.InvariantCulture));
}
