using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>The parts that all signals of OTLP share: values, attributes, resources and scopes.</summary>
/// <remarks>Field numbers: opentelemetry/proto/common/v1/common.proto and resource/v1/resource.proto.</remarks>
internal static class OtlpValues
{
    private static readonly TextCache Texts = new();
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>A short text that is likely to come again.</summary>
    public static string Name(ReadOnlySpan<byte> utf8) => Texts.Get(Cut(utf8));

    /// <summary>A text of any kind, cut at the limit.</summary>
    public static string Text(ReadOnlySpan<byte> utf8)
    {
        string text = Texts.Get(Cut(utf8));
        return utf8.Length > TelemetryLimits.TextMax ? text + "…" : text;
    }

    /// <summary>A KeyValue.</summary>
    public static void ReadAttribute(ProtobufReader pair, ref AttributeList attributes)
    {
        string name = "";
        object? value = null;
        while (pair.Next())
        {
            switch (pair.Field)
            {
                case 1:
                    name = Name(pair.ReadBytes());
                    break;
                case 2:
                    value = ReadValue(pair.ReadMessage());
                    break;
                default:
                    pair.Skip();
                    break;
            }
        }

        attributes.Add(name, value);
    }

    /// <summary>An AnyValue.</summary>
    public static object? ReadValue(ProtobufReader any)
    {
        object? value = null;
        while (any.Next())
        {
            switch (any.Field)
            {
                case 1:
                    value = Text(any.ReadBytes());
                    break;
                case 2:
                    value = any.ReadVarint() != 0 ? True : False;
                    break;
                case 3:
                    value = (long)any.ReadVarint();
                    break;
                case 4:
                    value = any.ReadDouble();
                    break;
                case 5:
                    value = ReadList(any.ReadMessage());
                    break;
                case 6:
                    value = ReadMap(any.ReadMessage());
                    break;
                case 7:
                    value = Cut(any.ReadBytes()).ToArray();
                    break;
                default:
                    any.Skip();
                    break;
            }
        }

        return value;
    }

    /// <summary>Finds the resource of a ResourceSpans, ResourceLogs or ResourceMetrics, which may stand after what it has sent.</summary>
    /// <returns>Null where more processes have come than are told apart.</returns>
    public static TelemetryResource? FindResource(ProtobufReader group, TelemetryStore store)
    {
        var attributes = default(AttributeList);
        while (group.Next())
        {
            if (group.Field != 1)
            {
                group.Skip();
                continue;
            }

            ProtobufReader resource = group.ReadMessage();
            while (resource.Next())
            {
                if (resource.Field == 1)
                {
                    ReadAttribute(resource.ReadMessage(), ref attributes);
                }
                else
                {
                    resource.Skip();
                }
            }
        }

        TelemetryAttribute[] all = attributes.ToArray();
        string name = all.FindText("service.name") is { Length: > 0 } given ? given : "unknown";
        return store.Register(name, all.FindText("service.instance.id") ?? "", all);
    }

    /// <summary>Finds the scope of a ScopeSpans, ScopeLogs or ScopeMetrics.</summary>
    public static TelemetryScope FindScope(ProtobufReader group, TelemetryStore store)
    {
        string name = "", version = "";
        while (group.Next())
        {
            if (group.Field != 1)
            {
                group.Skip();
                continue;
            }

            ProtobufReader scope = group.ReadMessage();
            while (scope.Next())
            {
                switch (scope.Field)
                {
                    case 1:
                        name = Name(scope.ReadBytes());
                        break;
                    case 2:
                        version = Name(scope.ReadBytes());
                        break;
                    default:
                        scope.Skip();
                        break;
                }
            }
        }

        return store.Scope(name, version);
    }

    /// <summary>Estimated memory of a value.</summary>
    public static int BytesOf(object? value) => value switch
    {
        null => 0,
        string text => 24 + (2 * text.Length),
        byte[] bytes => 24 + bytes.Length,
        object?[] list => 24 + list.Sum(one => 8 + BytesOf(one)),
        TelemetryAttribute[] map => 24 + map.Sum(one => 24 + BytesOf(one.Value)),
        _ => 24,
    };

    private static object?[] ReadList(ProtobufReader list)
    {
        var values = new List<object?>();
        while (list.Next())
        {
            if (list.Field == 1 && values.Count < TelemetryLimits.ElementsMax)
            {
                values.Add(ReadValue(list.ReadMessage()));
            }
            else
            {
                list.Skip();
            }
        }

        return [.. values];
    }

    private static TelemetryAttribute[] ReadMap(ProtobufReader map)
    {
        var values = default(AttributeList);
        while (map.Next())
        {
            if (map.Field == 1)
            {
                ReadAttribute(map.ReadMessage(), ref values);
            }
            else
            {
                map.Skip();
            }
        }

        return values.ToArray();
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> bytes) =>
        bytes.Length > TelemetryLimits.TextMax ? bytes[..TelemetryLimits.TextMax] : bytes;
}
