using System.Text;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>Writes GGUF files of version 3 that are whole or not there: a temporary name, a flush, a rename.</summary>
/// <remarks>
/// The same keys and tensors give the same bytes. Tensors are made one at a time, so that a file may be larger than memory.
/// Values: numbers, bool, string, and arrays of them; docs/formats/gguf.md draws the file.
/// </remarks>
public static class GgufWriter
{
    /// <summary>The name under which files state their alignment.</summary>
    public const string AlignmentKey = "general.alignment";

    private const int AlignmentUsual = 32;
    private const int NameBytesMax = 63;
    private const uint Version = 3;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="metadata">Keys in the order of the file; general.alignment changes the alignment of tensors.</param>
    /// <param name="tensors">Tensors in the order of the file.</param>
    /// <exception cref="ArgumentException">A name stands there twice or is too long, or a value or shape cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyList<KeyValuePair<string, object>> metadata, IReadOnlyList<GgufTensorEntry> tensors)
    {
        int alignment = Alignment(metadata);
        byte[] header = Header(metadata, tensors, alignment);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(header);
                Pad(stream, alignment);
                foreach (GgufTensorEntry entry in tensors)
                {
                    WriteData(stream, entry);
                    Pad(stream, alignment);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static int Alignment(IReadOnlyList<KeyValuePair<string, object>> metadata)
    {
        object? stated = metadata.FirstOrDefault(entry => entry.Key == AlignmentKey).Value;
        return stated switch
        {
            null => AlignmentUsual,
            uint value and > 0 and <= 1 << 20 when uint.IsPow2(value) => (int)value,
            _ => throw new ArgumentException($"{AlignmentKey} is {stated}; a UInt32 that is a power of two up to 1,048,576 was needed.", nameof(metadata)),
        };
    }

    private static byte[] Header(
        IReadOnlyList<KeyValuePair<string, object>> metadata, IReadOnlyList<GgufTensorEntry> tensors, int alignment)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string key, object value) in metadata)
        {
            RequireNew(names, key, "key");
            WriteText(writer, key);
            WriteValue(writer, key, value);
        }

        names.Clear();
        long offset = 0;
        foreach (GgufTensorEntry entry in tensors)
        {
            RequireNew(names, entry.Name, "tensor");
            if (Encoding.UTF8.GetByteCount(entry.Name) > NameBytesMax)
            {
                throw new ArgumentException($"The tensor name '{entry.Name}' has more than {NameBytesMax} bytes, which ggml does not keep.", nameof(tensors));
            }

            if (entry.Shape.Count is 0 or > 4 || entry.Shape.Any(dimension => dimension < 1))
            {
                throw new ArgumentException($"The tensor '{entry.Name}' is [{string.Join(", ", entry.Shape)}]; one to four dimensions from 1 up were needed.", nameof(tensors));
            }

            WriteText(writer, entry.Name);
            writer.Write((uint)entry.Shape.Count);
            for (int i = entry.Shape.Count - 1; i >= 0; i--)
            {
                writer.Write((ulong)entry.Shape[i]);
            }

            writer.Write(GgufTypes.NumberOf(entry.Type));
            writer.Write((ulong)offset);
            offset = checked((offset + entry.ByteLength + alignment - 1) / alignment * alignment);
        }

        writer.Flush();
        return stream.ToArray();
    }

    private static void RequireNew(HashSet<string> names, string name, string kind)
    {
        if (name.Length == 0 || !names.Add(name))
        {
            throw new ArgumentException($"The {kind} '{name}' has no name, or stands there twice.");
        }
    }

    // Numbers are those of GgufHeaderReader's value types.
    private static void WriteValue(BinaryWriter writer, string key, object value)
    {
        if (value is Array array)
        {
            writer.Write(9u);
            writer.Write(TypeOf(key, array.GetType().GetElementType()!));
            writer.Write((ulong)array.Length);
            foreach (object element in array)
            {
                WriteBare(writer, element);
            }

            return;
        }

        writer.Write(TypeOf(key, value.GetType()));
        WriteBare(writer, value);
    }

    private static uint TypeOf(string key, Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => 0,
        TypeCode.SByte => 1,
        TypeCode.UInt16 => 2,
        TypeCode.Int16 => 3,
        TypeCode.UInt32 => 4,
        TypeCode.Int32 => 5,
        TypeCode.Single => 6,
        TypeCode.Boolean => 7,
        TypeCode.String => 8,
        TypeCode.UInt64 => 10,
        TypeCode.Int64 => 11,
        TypeCode.Double => 12,
        _ => throw new ArgumentException($"The key '{key}' holds {type.Name}, which GGUF has no type for."),
    };

    private static void WriteBare(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number:
                writer.Write(number);
                return;
            case sbyte number:
                writer.Write(number);
                return;
            case ushort number:
                writer.Write(number);
                return;
            case short number:
                writer.Write(number);
                return;
            case uint number:
                writer.Write(number);
                return;
            case int number:
                writer.Write(number);
                return;
            case float number:
                writer.Write(number);
                return;
            case bool flag:
                writer.Write(flag ? (byte)1 : (byte)0);
                return;
            case ulong number:
                writer.Write(number);
                return;
            case long number:
                writer.Write(number);
                return;
            case double number:
                writer.Write(number);
                return;
            default:
                WriteText(writer, (string)value);
                return;
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static unsafe void WriteData(FileStream stream, GgufTensorEntry entry)
    {
        const int PieceMax = 1 << 24;
        using Tensor tensor = entry.Make();
        if (tensor.Type != entry.Type || tensor.ByteLength != entry.ByteLength)
        {
            throw new ArgumentException(
                $"The tensor '{entry.Name}' was announced as {entry.Type} of {entry.ByteLength} bytes and came as {tensor.Type} of {tensor.ByteLength}.");
        }

        for (long done = 0; done < tensor.ByteLength; done += PieceMax)
        {
            stream.Write(new ReadOnlySpan<byte>(tensor.Pointer + done, (int)Math.Min(PieceMax, tensor.ByteLength - done)));
        }
    }

    private static void Pad(FileStream stream, int alignment)
    {
        long beyond = stream.Position % alignment;
        if (beyond != 0)
        {
            stream.Write(new byte[alignment - beyond]);
        }
    }
}
