using System.Buffers.Binary;
using System.Globalization;

namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The eight bytes that name a span within its trace.</summary>
public readonly record struct SpanId(ulong Value)
{
    public bool IsEmpty => Value == 0;

    /// <summary>Empty where the bytes are not eight.</summary>
    public static SpanId From(ReadOnlySpan<byte> bytes) => bytes.Length == 8 ? new SpanId(BinaryPrimitives.ReadUInt64BigEndian(bytes)) : default;

    public static bool TryParse(string? text, out SpanId id)
    {
        bool isId = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) && text!.Length == 16;
        id = isId ? new SpanId(value) : default;
        return isId;
    }

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
