using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>Reads everything before the data of a GGUF file, front to back, through a window of the file.</summary>
internal sealed class GgufHeaderReader(string path, SafeFileHandle handle, GgufLimits limits)
{
    private const uint Magic = 0x46554747;
    private const int AlignmentUsual = 32;
    private const int DimensionsMax = 4;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly long _length = RandomAccess.GetLength(handle);
    private readonly byte[] _window = new byte[1 << 16];
    private long _windowStart;
    private int _windowLength;
    private long _at;

    private enum ValueType : uint
    {
        UInt8,
        Int8,
        UInt16,
        Int16,
        UInt32,
        Int32,
        Float32,
        Bool,
        Text,
        Array,
        UInt64,
        Int64,
        Float64,
    }

    // Told only where something is wrong: a vocabulary alone is a hundred thousand texts.
    private readonly record struct What(string Part, string Key = "", bool IsLength = false)
    {
        public static implicit operator What(string part) => new(part);

        public override string ToString() => $"{(IsLength ? "the length of " : "")}{Part}{(Key.Length > 0 ? $" '{Key}'" : "")}";
    }

    public (GgufMetadata Metadata, List<GgufTensorInfo> Tensors) Read()
    {
        uint magic = ReadUInt32("the first four bytes");
        if (magic != Magic)
        {
            throw new GgufFormatException(
                GgufFault.InvalidMagic, path, 0, $"the first four bytes are 0x{magic:X8}, not 'GGUF'.",
                "This is another kind of file; convert the model to GGUF first.");
        }

        uint version = ReadUInt32("the version");
        if (version is not (2 or 3))
        {
            string big = BinaryPrimitives.ReverseEndianness(version) is 2 or 3 ? " (a file in big-endian order)" : "";
            throw new GgufFormatException(
                GgufFault.UnsupportedVersion, path, 4, $"the version is {version}{big}; 2 or 3, little-endian, was needed.",
                "Convert the model again with a current converter.");
        }

        long countsAt = _at;
        ulong tensorCount = ReadUInt64("the number of tensors");
        ulong keyCount = ReadUInt64("the number of keys");
        Require(tensorCount <= (ulong)limits.TensorsMax, countsAt, "the number of tensors", tensorCount, limits.TensorsMax);
        Require(keyCount <= (ulong)limits.KeysMax, countsAt + 8, "the number of keys", keyCount, limits.KeysMax);

        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        for (ulong i = 0; i < keyCount; i++)
        {
            ReadKey(values);
        }

        var metadata = new GgufMetadata(path, values);
        return (metadata, ReadTensors((int)tensorCount, Alignment(metadata)));
    }

    private void ReadKey(Dictionary<string, object> values)
    {
        long at = _at;
        string key = ReadText("a key", limits.KeyBytesMax, isName: true);
        if (key.Length == 0)
        {
            throw new GgufFormatException(
                GgufFault.InvalidValue, path, at, "a key has no name; at least one character was needed.",
                "Convert the model again with a current converter.");
        }

        object value = ReadValue(key, ReadUInt32($"the type of '{key}'"));
        if (!values.TryAdd(key, value))
        {
            throw new GgufFormatException(
                GgufFault.DuplicateName, path, at, $"the key '{key}' stands there twice; once was needed.",
                "Convert the model again with a current converter.");
        }

        if (_at > limits.MetadataBytesMax)
        {
            throw GgufFormatException.Limit(path, at, "the length of the metadata", (ulong)_at, limits.MetadataBytesMax);
        }
    }

    private object ReadValue(string key, uint type) => (ValueType)type switch
    {
        ValueType.UInt8 => ReadBytes(1, key)[0],
        ValueType.Int8 => (sbyte)ReadBytes(1, key)[0],
        ValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2, key)),
        ValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(ReadBytes(2, key)),
        ValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4, key)),
        ValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4, key)),
        ValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(ReadBytes(4, key)),
        ValueType.Bool => ReadBool(key),
        ValueType.Text => ReadText(new What("the value of", key), limits.TextBytesMax, isName: false),
        ValueType.Array => ReadArray(key),
        ValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, key)),
        ValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(8, key)),
        ValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(ReadBytes(8, key)),
        _ => throw UnknownValueType(key, type),
    };

    private Array ReadArray(string key)
    {
        long at = _at;
        uint type = ReadUInt32($"the element type of '{key}'");
        ulong count = ReadUInt64($"the length of '{key}'");
        int size = (ValueType)type switch
        {
            ValueType.UInt8 or ValueType.Int8 or ValueType.Bool => 1,
            ValueType.UInt16 or ValueType.Int16 => 2,
            ValueType.UInt32 or ValueType.Int32 or ValueType.Float32 => 4,
            ValueType.UInt64 or ValueType.Int64 or ValueType.Float64 or ValueType.Text => 8,
            _ => throw UnknownValueType(key, type),
        };

        // A text takes at least the eight bytes of its length, so no array can promise more than the file holds.
        long most = Math.Min(limits.ArrayLengthMax, (_length - _at) / size);
        Require(count <= (ulong)most, at, $"the length of the array '{key}'", count, most);
        int length = (int)count;
        return (ValueType)type switch
        {
            ValueType.Text => Fill(length, () => ReadText(new What("an element of", key), limits.TextBytesMax, isName: false)),
            ValueType.Bool => Fill(length, () => ReadBool(key)),
            ValueType.UInt8 => Fill(length, () => ReadBytes(1, key)[0]),
            ValueType.Int8 => Fill(length, () => (sbyte)ReadBytes(1, key)[0]),
            ValueType.UInt16 => Fill(length, () => BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2, key))),
            ValueType.Int16 => Fill(length, () => BinaryPrimitives.ReadInt16LittleEndian(ReadBytes(2, key))),
            ValueType.UInt32 => Fill(length, () => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4, key))),
            ValueType.Int32 => Fill(length, () => BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4, key))),
            ValueType.Float32 => Fill(length, () => BinaryPrimitives.ReadSingleLittleEndian(ReadBytes(4, key))),
            ValueType.UInt64 => Fill(length, () => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, key))),
            ValueType.Int64 => Fill(length, () => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(8, key))),
            _ => Fill(length, () => BinaryPrimitives.ReadDoubleLittleEndian(ReadBytes(8, key))),
        };

        static T[] Fill<T>(int length, Func<T> read)
        {
            var array = new T[length];
            for (int i = 0; i < length; i++)
            {
                array[i] = read();
            }

            return array;
        }
    }

    private int Alignment(GgufMetadata metadata)
    {
        int alignment = metadata.GetInt32("general.alignment", AlignmentUsual);
        return alignment > 0 && int.IsPow2(alignment)
            ? alignment
            : throw new GgufFormatException(
                GgufFault.InvalidAlignment, path, 0, $"general.alignment is {alignment}; a power of two was needed.",
                "Convert the model again with a current converter.");
    }

    private List<GgufTensorInfo> ReadTensors(int count, int alignment)
    {
        var described = new List<(GgufTensorInfo Info, long At)>(Math.Min(count, 4096));
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            long at = _at;
            GgufTensorInfo info = ReadTensor();
            if (!names.Add(info.Name))
            {
                throw new GgufFormatException(
                    GgufFault.DuplicateName, path, at, $"the tensor '{info.Name}' stands there twice; once was needed.",
                    "Convert the model again with a current converter.");
            }

            if (info.Offset % alignment != 0)
            {
                throw new GgufFormatException(
                    GgufFault.InvalidAlignment, path, at,
                    $"tensor '{info.Name}' begins at {info.Offset}; a multiple of {alignment} was needed.",
                    "Convert the model again with a current converter.");
            }

            described.Add((info, at));
        }

        long start = checked((_at + alignment - 1) / alignment * alignment);
        var tensors = new List<GgufTensorInfo>(described.Count);
        foreach ((GgufTensorInfo info, long at) in described)
        {
            long available = _length - start;
            if (info.Offset > available || info.ByteLength > available - info.Offset)
            {
                throw new GgufFormatException(
                    GgufFault.OutOfBounds, path, at,
                    $"tensor '{info.Name}' needs {info.ByteLength:N0} bytes at {info.Offset:N0} of the data, and the file has "
                    + $"{Math.Max(0, available):N0} of data.",
                    "The download was probably cut short; fetch the file again and compare its SHA-256.");
            }

            tensors.Add(info with { Offset = start + info.Offset });
        }

        RefuseOverlaps(tensors);
        return tensors;
    }

    private void RefuseOverlaps(List<GgufTensorInfo> tensors)
    {
        GgufTensorInfo? before = null;
        foreach (GgufTensorInfo tensor in tensors.Where(t => t.ByteLength > 0).OrderBy(t => t.Offset))
        {
            if (before is not null && tensor.Offset < before.Offset + before.ByteLength)
            {
                throw new GgufFormatException(
                    GgufFault.OverlappingTensors, path, tensor.Offset,
                    $"the tensors '{before.Name}' and '{tensor.Name}' share bytes; each needs its own.",
                    "The file is damaged, or was made to do harm; do not use it.");
            }

            before = tensor;
        }
    }

    private GgufTensorInfo ReadTensor()
    {
        long at = _at;
        string name = ReadText("a tensor's name", limits.NameBytesMax, isName: true);
        uint dimensionCount = ReadUInt32($"the number of dimensions of '{name}'");
        if (dimensionCount is 0 or > DimensionsMax)
        {
            throw BadShape(at, name, $"has {dimensionCount} dimensions; 1 to {DimensionsMax} were needed.");
        }

        int[] shape = new int[dimensionCount];
        long elements = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            ulong dimension = ReadUInt64($"a dimension of '{name}'");
            if (dimension is 0 or > int.MaxValue || elements > long.MaxValue / 8 / (long)dimension)
            {
                throw BadShape(at, name, $"has a dimension of {dimension:N0}, which makes no tensor of a usable size.");
            }

            // The file begins with the contiguous dimension; we end with it.
            shape[shape.Length - 1 - i] = (int)dimension;
            elements *= (long)dimension;
        }

        ElementType type = ToElementType(at, name, ReadUInt32($"the type of '{name}'"));
        if (shape[^1] % type.BlockSize() != 0)
        {
            throw BadShape(
                at, name, $"has rows of {shape[^1]}, and {type} stores blocks of {type.BlockSize()}; whole blocks were needed.");
        }

        ulong offset = ReadUInt64($"the offset of '{name}'");
        if (offset > (ulong)_length)
        {
            throw new GgufFormatException(
                GgufFault.OutOfBounds, path, at, $"tensor '{name}' begins at {offset:N0}, and the file has {_length:N0} bytes.",
                "The download was probably cut short; fetch the file again and compare its SHA-256.");
        }

        return new GgufTensorInfo(
            name, shape, type, (long)offset, elements / type.BlockSize() * type.BlockBytes());
    }

    private ElementType ToElementType(long at, string name, uint type) => GgufTypes.Find(type)
        ?? throw new GgufFormatException(
            GgufFault.UnsupportedType, path, at, $"tensor '{name}' has type {GgufTypes.Describe(type)}, which this reader does not know.",
            $"Known types: {string.Join(", ", GgufTypes.Known)}. Convert the model to one of them.");

    private GgufFormatException BadShape(long at, string name, string problem) => new(
        GgufFault.InvalidShape, path, at, $"tensor '{name}' {problem}", "Convert the model again with a current converter.");

    private GgufFormatException UnknownValueType(string key, uint type) => new(
        GgufFault.UnsupportedType, path, _at, $"the key '{key}' has a value of type {type}, which this reader does not know.",
        "Known are numbers, truth values, texts, and lists of these. Convert the model again.");

    private bool ReadBool(string key)
    {
        long at = _at;
        byte value = ReadBytes(1, key)[0];
        return value <= 1
            ? value == 1
            : throw new GgufFormatException(
                GgufFault.InvalidValue, path, at, $"the key '{key}' holds the truth value {value}; 0 or 1 was needed.",
                "Convert the model again with a current converter.");
    }

    private string ReadText(What what, int bytesMax, bool isName)
    {
        long at = _at;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, what with { IsLength = true }));
        if (length > (ulong)bytesMax)
        {
            throw GgufFormatException.Limit(path, at, (what with { IsLength = true }).ToString(), length, bytesMax);
        }

        if ((long)length > _length - _at)
        {
            throw GgufFormatException.Truncated(path, at, what.ToString());
        }

        try
        {
            // Vocabularies hold pieces of characters now and then; names must be text.
            return (isName ? StrictUtf8 : Encoding.UTF8).GetString(ReadText((int)length, what));
        }
        catch (DecoderFallbackException)
        {
            throw new GgufFormatException(
                GgufFault.InvalidValue, path, at, $"{what} is not UTF-8.", "Convert the model again with a current converter.");
        }
    }

    private ReadOnlySpan<byte> ReadText(int length, What what)
    {
        if (length <= _window.Length)
        {
            return ReadBytes(length, what);
        }

        byte[] bytes = new byte[length];
        for (Span<byte> rest = bytes; rest.Length > 0;)
        {
            int piece = Math.Min(rest.Length, _window.Length);
            ReadBytes(piece, what).CopyTo(rest);
            rest = rest[piece..];
        }

        return bytes;
    }

    private uint ReadUInt32(What what) => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4, what));

    private ulong ReadUInt64(What what) => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, what));

    private ReadOnlySpan<byte> ReadBytes(int count, What what)
    {
        if (_at < _windowStart || _at + count > _windowStart + _windowLength)
        {
            FillWindow();
            if (_windowLength < count)
            {
                throw GgufFormatException.Truncated(path, _at, what.ToString());
            }
        }

        ReadOnlySpan<byte> bytes = _window.AsSpan((int)(_at - _windowStart), count);
        _at += count;
        return bytes;
    }

    private void FillWindow()
    {
        _windowStart = _at;
        _windowLength = 0;
        int read;
        while (_windowLength < _window.Length
            && (read = RandomAccess.Read(handle, _window.AsSpan(_windowLength), _at + _windowLength)) > 0)
        {
            _windowLength += read;
        }
    }

    private void Require(bool holds, long at, string what, ulong found, long most)
    {
        if (!holds)
        {
            throw GgufFormatException.Limit(path, at, what, found, most);
        }
    }
}
