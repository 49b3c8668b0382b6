using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Reads the kinds of data points.</summary>
internal static class MetricPointReader
{
    internal delegate MetricPoint Reading(ProtobufReader reader, ref AttributeList dimensions);

    public static MetricPoint ReadNumber(ProtobufReader reader, ref AttributeList dimensions)
    {
        long time = 0;
        double value = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    time = reader.ReadTime();
                    break;
                case 4:
                    value = reader.ReadDouble();
                    break;
                case 6:
                    value = (long)reader.ReadFixed64();
                    break;
                case 7:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref dimensions);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new MetricPoint(time, time, value);
    }

    public static MetricPoint ReadHistogram(ProtobufReader reader, ref AttributeList dimensions)
    {
        long time = 0;
        ulong count = 0;
        double sum = 0;
        var buckets = new List<ulong>();
        var bounds = new List<ulong>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    time = reader.ReadTime();
                    break;
                case 4:
                    count = reader.ReadFixed64();
                    break;
                case 5:
                    sum = reader.ReadDouble();
                    break;
                case 6:
                    reader.ReadRepeatedFixed64(buckets, TelemetryLimits.BucketsMax + 1);
                    break;
                case 7:
                    reader.ReadRepeatedFixed64(bounds, TelemetryLimits.BucketsMax);
                    break;
                case 9:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref dimensions);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Without bounds, or with counts that do not fit them, count and sum are all that is known.
        return buckets.Count == bounds.Count + 1
            ? new MetricPoint(time, time, sum, count, [.. buckets], Array.ConvertAll([.. bounds], BitConverter.UInt64BitsToDouble))
            : new MetricPoint(time, time, sum, count, [count], []);
    }

    /// <summary>An exponential histogram, as one with explicit bounds; values below zero are counted with zero.</summary>
    public static MetricPoint ReadExponential(ProtobufReader reader, ref AttributeList dimensions)
    {
        long time = 0;
        ulong count = 0, zeroCount = 0;
        double sum = 0;
        int scale = 0, offset = 0;
        var positive = new List<ulong>();
        var negative = new List<ulong>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    OtlpValues.ReadAttribute(reader.ReadMessage(), ref dimensions);
                    break;
                case 3:
                    time = reader.ReadTime();
                    break;
                case 4:
                    count = reader.ReadFixed64();
                    break;
                case 5:
                    sum = reader.ReadDouble();
                    break;
                case 6:
                    scale = (int)Math.Clamp(reader.ReadSignedVarint(), -10, 20);
                    break;
                case 7:
                    zeroCount = reader.ReadFixed64();
                    break;
                case 8:
                    offset = ReadBuckets(reader.ReadMessage(), positive);
                    break;
                case 9:
                    ReadBuckets(reader.ReadMessage(), negative);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Bucket i holds (base^(offset+i), base^(offset+i+1)] with base = 2^(2^-scale).
        double step = Math.Pow(2, -scale);
        double[] bounds = new double[positive.Count + 1];
        for (int i = 0; i < bounds.Length; i++)
        {
            bounds[i] = Math.Pow(2, step * (offset + (double)i));
        }

        ulong belowAll = negative.Aggregate(zeroCount, (all, one) => unchecked(all + one));
        return new MetricPoint(time, time, sum, count, [belowAll, .. positive, 0UL], bounds);
    }

    private static int ReadBuckets(ProtobufReader reader, List<ulong> counts)
    {
        long offset = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    offset = reader.ReadSignedVarint();
                    break;
                case 2:
                    reader.ReadRepeatedVarint(counts, TelemetryLimits.BucketsMax);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (int)Math.Clamp(offset, int.MinValue, int.MaxValue);
    }
}
