using System.Globalization;
using System.Text.Json;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Writes OTLP's JSON over as protobuf, by a table of its fields.</summary>
/// <remarks>
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: lowerCamelCase names, ids in hex, 64-bit numbers as strings or numbers,
/// enums as numbers, unknown names passed over.
/// </remarks>
internal static class OtlpJsonReader
{
    private const int DepthMax = 64;

    private static readonly Dictionary<string, Field> KeyValue = new()
    {
        ["key"] = new(1, Kind.Text),
    };

    private static readonly Dictionary<string, Field> AnyValue = new()
    {
        ["stringValue"] = new(1, Kind.Text),
        ["boolValue"] = new(2, Kind.Bool),
        ["intValue"] = new(3, Kind.Varint),
        ["doubleValue"] = new(4, Kind.Double),
        ["bytesValue"] = new(7, Kind.Base64),
    };

    private static readonly Dictionary<string, Field> Scope = new()
    {
        ["name"] = new(1, Kind.Text),
        ["version"] = new(2, Kind.Text),
        ["attributes"] = new(3, Kind.Message, KeyValue),
    };

    private static readonly Dictionary<string, Field> Resource = new()
    {
        ["attributes"] = new(1, Kind.Message, KeyValue),
    };

    private static readonly Dictionary<string, Field> Span = new()
    {
        ["traceId"] = new(1, Kind.Hex),
        ["spanId"] = new(2, Kind.Hex),
        ["traceState"] = new(3, Kind.Text),
        ["parentSpanId"] = new(4, Kind.Hex),
        ["name"] = new(5, Kind.Text),
        ["kind"] = new(6, Kind.Varint),
        ["startTimeUnixNano"] = new(7, Kind.Fixed64),
        ["endTimeUnixNano"] = new(8, Kind.Fixed64),
        ["attributes"] = new(9, Kind.Message, KeyValue),
        ["droppedAttributesCount"] = new(10, Kind.Varint),
        ["events"] = new(11, Kind.Message, new()
        {
            ["timeUnixNano"] = new(1, Kind.Fixed64),
            ["name"] = new(2, Kind.Text),
            ["attributes"] = new(3, Kind.Message, KeyValue),
        }),
        ["links"] = new(13, Kind.Message, new()
        {
            ["traceId"] = new(1, Kind.Hex),
            ["spanId"] = new(2, Kind.Hex),
            ["attributes"] = new(4, Kind.Message, KeyValue),
        }),
        ["status"] = new(15, Kind.Message, new()
        {
            ["message"] = new(2, Kind.Text),
            ["code"] = new(3, Kind.Varint),
        }),
    };

    private static readonly Dictionary<string, Field> Log = new()
    {
        ["timeUnixNano"] = new(1, Kind.Fixed64),
        ["severityNumber"] = new(2, Kind.Varint),
        ["severityText"] = new(3, Kind.Text),
        ["body"] = new(5, Kind.Message, AnyValue),
        ["attributes"] = new(6, Kind.Message, KeyValue),
        ["droppedAttributesCount"] = new(7, Kind.Varint),
        ["traceId"] = new(9, Kind.Hex),
        ["spanId"] = new(10, Kind.Hex),
        ["observedTimeUnixNano"] = new(11, Kind.Fixed64),
        ["eventName"] = new(12, Kind.Text),
    };

    private static readonly Dictionary<string, Field> Number = new()
    {
        ["timeUnixNano"] = new(3, Kind.Fixed64),
        ["asDouble"] = new(4, Kind.Double),
        ["asInt"] = new(6, Kind.Fixed64),
        ["attributes"] = new(7, Kind.Message, KeyValue),
    };

    private static readonly Dictionary<string, Field> HistogramPoint = new()
    {
        ["timeUnixNano"] = new(3, Kind.Fixed64),
        ["count"] = new(4, Kind.Fixed64),
        ["sum"] = new(5, Kind.Double),
        ["bucketCounts"] = new(6, Kind.Fixed64),
        ["explicitBounds"] = new(7, Kind.Double),
        ["attributes"] = new(9, Kind.Message, KeyValue),
    };

    private static readonly Dictionary<string, Field> Metric = new()
    {
        ["name"] = new(1, Kind.Text),
        ["description"] = new(2, Kind.Text),
        ["unit"] = new(3, Kind.Text),
        ["gauge"] = new(5, Kind.Message, new()
        {
            ["dataPoints"] = new(1, Kind.Message, Number),
        }),
        ["sum"] = new(7, Kind.Message, new()
        {
            ["dataPoints"] = new(1, Kind.Message, Number),
            ["aggregationTemporality"] = new(2, Kind.Varint),
            ["isMonotonic"] = new(3, Kind.Bool),
        }),
        ["histogram"] = new(9, Kind.Message, new()
        {
            ["dataPoints"] = new(1, Kind.Message, HistogramPoint),
            ["aggregationTemporality"] = new(2, Kind.Varint),
        }),
    };

    private static readonly Dictionary<string, Field> TracesRequest = Request("resourceSpans", "scopeSpans", "spans", Span);
    private static readonly Dictionary<string, Field> LogsRequest = Request("resourceLogs", "scopeLogs", "logRecords", Log);
    private static readonly Dictionary<string, Field> MetricsRequest = Request("resourceMetrics", "scopeMetrics", "metrics", Metric);

    // Values hold lists and maps of values: the table refers to itself, so these rows come last.
    static OtlpJsonReader()
    {
        KeyValue["value"] = new(2, Kind.Message, AnyValue);
        AnyValue["arrayValue"] = new(5, Kind.Message, new()
        {
            ["values"] = new(1, Kind.Message, AnyValue),
        });
        AnyValue["kvlistValue"] = new(6, Kind.Message, new()
        {
            ["values"] = new(1, Kind.Message, KeyValue),
        });
    }

    private enum Kind
    {
        Text,
        Bool,
        Varint,
        Fixed64,
        Double,
        Hex,
        Base64,
        Message,
    }

    /// <exception cref="OtlpFormatException">The text is no JSON, or a value is not of its field's kind.</exception>
    public static ReadOnlySpan<byte> ToProtobuf(OtlpSignal signal, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax });
            var request = new ProtobufWriter();
            Write(request, document.RootElement, signal switch
            {
                OtlpSignal.Traces => TracesRequest,
                OtlpSignal.Metrics => MetricsRequest,
                _ => LogsRequest,
            });
            return request.Written;
        }
        catch (Exception e) when (e is JsonException or FormatException and not OtlpFormatException or InvalidOperationException or OverflowException)
        {
            throw OtlpFormatException.BadJson(e.Message);
        }
    }

    private static Dictionary<string, Field> Request(string groups, string scopes, string items, Dictionary<string, Field> item) => new()
    {
        [groups] = new(1, Kind.Message, new()
        {
            ["resource"] = new(1, Kind.Message, Resource),
            [scopes] = new(2, Kind.Message, new()
            {
                ["scope"] = new(1, Kind.Message, Scope),
                [items] = new(2, Kind.Message, item),
            }),
        }),
    };

    private static void Write(ProtobufWriter target, JsonElement message, Dictionary<string, Field> fields)
    {
        foreach (JsonProperty property in message.EnumerateObject())
        {
            if (!fields.TryGetValue(property.Name, out Field? field) || property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            if (property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement element in property.Value.EnumerateArray())
                {
                    WriteOne(target, field, element);
                }
            }
            else
            {
                WriteOne(target, field, property.Value);
            }
        }
    }

    private static void WriteOne(ProtobufWriter target, Field field, JsonElement value)
    {
        switch (field.Kind)
        {
            case var _ when value.ValueKind == JsonValueKind.Null:
                break;
            case Kind.Text:
                target.Text(field.Number, value.GetString()!);
                break;
            case Kind.Bool:
                target.Varint(field.Number, value.GetBoolean() ? 1UL : 0);
                break;
            case Kind.Varint:
                target.Varint(field.Number, Integer(value));
                break;
            case Kind.Fixed64:
                target.Fixed64(field.Number, Integer(value));
                break;
            case Kind.Double:
                target.Double(field.Number, Real(value));
                break;
            case Kind.Hex:
                target.Bytes(field.Number, Convert.FromHexString(value.GetString()!));
                break;
            case Kind.Base64:
                target.Bytes(field.Number, value.GetBytesFromBase64());
                break;
            default:
                target.Message(field.Number, inner => Write(inner, value, field.Fields!));
                break;
        }
    }

    private static ulong Integer(JsonElement value)
    {
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return text.StartsWith('-')
            ? (ulong)long.Parse(text, CultureInfo.InvariantCulture)
            : ulong.Parse(text, CultureInfo.InvariantCulture);
    }

    private static double Real(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture)
        : value.GetDouble();

    private sealed record Field(int Number, Kind Kind, Dictionary<string, Field>? Fields = null);
}
