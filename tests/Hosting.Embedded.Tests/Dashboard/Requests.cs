using Aspire.Hosting.Dashboard.Otlp;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>Writes requests as exporters do, with just what a test says.</summary>
internal static class Requests
{
    public const ulong Second = 1_000_000_000;

    /// <summary>2026-01-01T00:00:00Z.</summary>
    public const ulong Start = 1_767_225_600 * Second;

    public static byte[] Traces(string service, params Action<ProtobufWriter>[] spans) => Group(service, spans);

    public static byte[] Logs(string service, params Action<ProtobufWriter>[] logs) => Group(service, logs);

    public static byte[] Metrics(string service, params Action<ProtobufWriter>[] metrics) => Group(service, metrics);

    public static Action<ProtobufWriter> Span(
        ulong trace, ulong id, string name, ulong parent = 0, ulong start = Start, ulong milliseconds = 10, bool isError = false,
        params (string Name, object Value)[] attributes) => span =>
    {
        span.Bytes(1, [.. new byte[8], .. Big(trace)]);
        span.Bytes(2, Big(id));
        if (parent != 0)
        {
            span.Bytes(4, Big(parent));
        }

        span.Text(5, name);
        span.Varint(6, 2);
        span.Fixed64(7, start);
        span.Fixed64(8, start + (milliseconds * 1_000_000));
        foreach ((string attribute, object value) in attributes)
        {
            span.Message(9, pair => Attribute(pair, attribute, value));
        }

        if (isError)
        {
            span.Message(15, status =>
            {
                status.Text(2, "it broke");
                status.Varint(3, 2);
            });
        }
    };

    public static Action<ProtobufWriter> Log(
        string message, ulong severity = 9, ulong time = Start, ulong trace = 0, ulong span = 0, params (string Name, object Value)[] attributes) => log =>
    {
        log.Fixed64(1, time);
        log.Varint(2, severity);
        log.Message(5, body => body.Text(1, message));
        foreach ((string attribute, object value) in attributes)
        {
            log.Message(6, pair => Attribute(pair, attribute, value));
        }

        if (trace != 0)
        {
            log.Bytes(9, [.. new byte[8], .. Big(trace)]);
            log.Bytes(10, Big(span));
        }
    };

    /// <summary>A total that only rises, at one moment.</summary>
    public static Action<ProtobufWriter> Counter(string name, ulong time, double value, params (string Name, object Value)[] dimensions) => metric =>
    {
        metric.Text(1, name);
        metric.Text(3, "{token}");
        metric.Message(7, sum =>
        {
            sum.Message(1, point =>
            {
                point.Fixed64(3, time);
                point.Double(4, value);
                foreach ((string dimension, object of) in dimensions)
                {
                    point.Message(7, pair => Attribute(pair, dimension, of));
                }
            });
            sum.Varint(2, 2);
            sum.Varint(3, 1);
        });
    };

    public static Action<ProtobufWriter> Gauge(string name, ulong time, long value, params (string Name, object Value)[] dimensions) => metric =>
    {
        metric.Text(1, name);
        metric.Message(5, gauge => gauge.Message(1, point =>
        {
            point.Fixed64(3, time);
            point.Fixed64(6, (ulong)value);
            foreach ((string dimension, object of) in dimensions)
            {
                point.Message(7, pair => Attribute(pair, dimension, of));
            }
        }));
    };

    public static Action<ProtobufWriter> Histogram(string name, ulong time, double[] bounds, ulong[] buckets, double sum) => metric =>
    {
        metric.Text(1, name);
        metric.Text(3, "s");
        metric.Message(9, histogram =>
        {
            histogram.Message(1, point =>
            {
                point.Fixed64(3, time);
                point.Fixed64(4, buckets.Aggregate(0UL, (all, one) => all + one));
                point.Double(5, sum);
                point.Bytes(6, [.. buckets.SelectMany(BitConverter.GetBytes)]);
                point.Bytes(7, [.. bounds.SelectMany(BitConverter.GetBytes)]);
            });
            histogram.Varint(2, 2);
        });
    };

    public static void Attribute(ProtobufWriter pair, string name, object value)
    {
        pair.Text(1, name);
        pair.Message(2, any => Value(any, value));
    }

    private static void Value(ProtobufWriter any, object value)
    {
        switch (value)
        {
            case string text:
                any.Text(1, text);
                break;
            case bool truth:
                any.Varint(2, truth ? 1UL : 0);
                break;
            case int or long:
                any.Varint(3, (ulong)Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case double number:
                any.Double(4, number);
                break;
            case object[] list:
                any.Message(5, array =>
                {
                    foreach (object element in list)
                    {
                        array.Message(1, inner => Value(inner, element));
                    }
                });
                break;
            default:
                throw new ArgumentException($"No writing of {value.GetType()} is needed yet.", nameof(value));
        }
    }

    private static byte[] Group(string service, Action<ProtobufWriter>[] items)
    {
        var request = new ProtobufWriter();
        request.Message(1, group =>
        {
            group.Message(1, resource =>
            {
                resource.Message(1, pair => Attribute(pair, "service.name", service));
                resource.Message(1, pair => Attribute(pair, "service.instance.id", "one"));
            });
            group.Message(2, scope =>
            {
                scope.Message(1, name => name.Text(1, "Sample.Scope"));
                foreach (Action<ProtobufWriter> item in items)
                {
                    scope.Message(2, item);
                }
            });
        });
        return request.Written.ToArray();
    }

    private static byte[] Big(ulong value)
    {
        byte[] bytes = BitConverter.GetBytes(value);
        Array.Reverse(bytes);
        return bytes;
    }
}
