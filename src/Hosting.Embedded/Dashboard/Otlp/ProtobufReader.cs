using System.Buffers.Binary;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Walks the fields of one protobuf message in place. What comes in is not trusted: every length is checked before use.</summary>
/// <remarks>Wire format: https://protobuf.dev/programming-guides/encoding/.</remarks>
internal ref struct ProtobufReader
{
    public const int DepthMax = 24;

    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes;

    // Where this message starts in the delivery, so that a fault can be named by its place.
    private readonly int _start;
    private readonly int _depth;
    private int _position;
    private int _wireType;

    public ProtobufReader(ReadOnlySpan<byte> bytes)
        : this(bytes, 0, 0)
    {
    }

    private ProtobufReader(ReadOnlySpan<byte> bytes, int start, int depth)
    {
        _bytes = bytes;
        _start = start;
        _depth = depth;
    }

    /// <summary>Number of the field that <see cref="Next"/> has come to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end. The field's value must then be read or skipped.</summary>
    /// <exception cref="OtlpFormatException">Here and in all others: the bytes break the format.</exception>
    public bool Next()
    {
        if (_position == _bytes.Length)
        {
            return false;
        }

        int at = _start + _position;
        ulong tag = ReadRawVarint();
        _wireType = (int)(tag & 7);
        if (tag is < 8 or > uint.MaxValue || _wireType is not (Varint or Fixed64 or Delimited or Fixed32))
        {
            throw OtlpFormatException.BadTag(at, tag);
        }

        Field = (int)(tag >> 3);
        return true;
    }

    public ulong ReadVarint()
    {
        Expect(Varint);
        return ReadRawVarint();
    }

    /// <summary>An sint32 or sint64: small numbers of both signs in few bytes.</summary>
    public long ReadSignedVarint()
    {
        ulong raw = ReadVarint();
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    public ulong ReadFixed64()
    {
        Expect(Fixed64);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    }

    /// <summary>A fixed64 that counts nanoseconds; values beyond the year 2262 become that year.</summary>
    public long ReadTime() => (long)Math.Min(ReadFixed64(), long.MaxValue);

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadFixed64());

    public ReadOnlySpan<byte> ReadBytes()
    {
        Expect(Delimited);
        int at = _start + _position;
        ulong length = ReadRawVarint();
        int left = _bytes.Length - _position;
        return length > (ulong)left
            ? throw OtlpFormatException.CutShort(at, (long)Math.Min(length, long.MaxValue), left)
            : Take((int)length);
    }

    /// <summary>The field's value as a message of its own.</summary>
    public ProtobufReader ReadMessage()
    {
        ReadOnlySpan<byte> message = ReadBytes();
        int start = _start + _position - message.Length;
        return _depth == DepthMax ? throw OtlpFormatException.TooDeep(start, DepthMax) : new ProtobufReader(message, start, _depth + 1);
    }

    /// <summary>Adds a repeated fixed64 field: all values in one field, or one value in each of many.</summary>
    public void ReadRepeatedFixed64(List<ulong> values, int countMax)
    {
        if (_wireType == Fixed64)
        {
            AddUpTo(values, countMax, ReadFixed64());
            return;
        }

        int at = _start + _position;
        ReadOnlySpan<byte> packed = ReadBytes();
        if (packed.Length % 8 != 0)
        {
            throw OtlpFormatException.CutShort(at, (packed.Length / 8 * 8) + 8, packed.Length);
        }

        for (; packed.Length > 0; packed = packed[8..])
        {
            AddUpTo(values, countMax, BinaryPrimitives.ReadUInt64LittleEndian(packed));
        }
    }

    /// <summary>Adds a repeated varint field: packed, or one value in each of many.</summary>
    public void ReadRepeatedVarint(List<ulong> values, int countMax)
    {
        if (_wireType == Varint)
        {
            AddUpTo(values, countMax, ReadVarint());
            return;
        }

        ReadOnlySpan<byte> packed = ReadBytes();
        var inner = new ProtobufReader(packed, _start + _position - packed.Length, _depth);
        while (inner._position < packed.Length)
        {
            AddUpTo(values, countMax, inner.ReadRawVarint());
        }
    }

    public void Skip()
    {
        switch (_wireType)
        {
            case Varint:
                ReadRawVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                ReadBytes();
                break;
        }
    }

    private static void AddUpTo(List<ulong> values, int countMax, ulong value)
    {
        if (values.Count < countMax)
        {
            values.Add(value);
        }
    }

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType)
        {
            throw OtlpFormatException.WrongType(_start + _position, Field, _wireType);
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - _position < count)
        {
            throw OtlpFormatException.CutShort(_start + _position, count, _bytes.Length - _position);
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }

    private ulong ReadRawVarint()
    {
        int at = _start + _position;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_position == _bytes.Length)
            {
                throw OtlpFormatException.CutShort(_start + _position, 1, 0);
            }

            byte next = _bytes[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw OtlpFormatException.BadVarint(at);
    }
}
