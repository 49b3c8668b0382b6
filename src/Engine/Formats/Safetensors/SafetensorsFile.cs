using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Safetensors;

/// <summary>An open safetensors file: its metadata, and its tensors on demand.</summary>
/// <remarks>
/// Format: https://github.com/huggingface/safetensors#format. Every offset is checked before it is used: tensors must fill the
/// data without holes or overlaps.
/// <code>
/// header length u64 | header JSON | data
/// </code>
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const long HeaderBytesMax = 100_000_000;

    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsTensorInfo> _byName;

    private SafetensorsFile(
        string path, SafeFileHandle handle, IReadOnlyDictionary<string, string> metadata,
        IReadOnlyList<SafetensorsTensorInfo> tensors)
    {
        Path = path;
        _handle = handle;
        Metadata = metadata;
        Tensors = tensors;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The file as it was given.</summary>
    public string Path { get; }

    /// <summary>The header's __metadata__.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsTensorInfo> Tensors { get; }

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="SafetensorsFormatException">The file is no safetensors file that this reader knows.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            long length = RandomAccess.GetLength(handle);
            byte[] prefix = new byte[8];
            if (ReadAt(handle, prefix, 0) < prefix.Length)
            {
                throw Truncated(path, "the length of its header");
            }

            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerLength > HeaderBytesMax)
            {
                throw new SafetensorsFormatException(
                    SafetensorsFault.LimitExceeded, path,
                    $"the header claims {headerLength:N0} bytes; the format allows {HeaderBytesMax:N0}.",
                    "The file is damaged or of another kind; save it again.");
            }

            if ((long)headerLength > length - prefix.Length)
            {
                throw Truncated(path, "its header");
            }

            byte[] header = new byte[(int)headerLength];
            if (ReadAt(handle, header, prefix.Length) < header.Length)
            {
                throw Truncated(path, "its header");
            }

            long dataStart = prefix.Length + header.Length;
            var parsed = SafetensorsHeader.Parse(path, header, dataStart, length - dataStart);
            return new SafetensorsFile(path, handle, parsed.Metadata, parsed.Tensors);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up by name.</summary>
    public bool TryFindTensor(
        string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SafetensorsTensorInfo? info) =>
        _byName.TryGetValue(name, out info);

    /// <summary>Copies an F32, F16 or BF16 tensor, as it is stored, into memory of its own.</summary>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public unsafe Tensor ReadTensor(string name)
    {
        SafetensorsTensorInfo info = Find(name);
        ElementType type = info.DataType switch
        {
            "F32" => ElementType.F32,
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            _ => throw WrongType(info, "F32, F16 or BF16"),
        };
        var tensor = new Tensor(type, [.. info.Shape]);
        try
        {
            const int PieceMax = 1 << 24;
            for (long done = 0; done < info.ByteLength;)
            {
                int piece = (int)Math.Min(PieceMax, info.ByteLength - done);
                int read = ReadAt(_handle, new Span<byte>(tensor.Pointer + done, piece), info.Offset + done);
                if (read < piece)
                {
                    throw Truncated(Path, $"the data of tensor '{name}'");
                }

                done += piece;
            }

            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor of F32, F16, BF16 or F64 as single-precision numbers.</summary>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public float[] ReadFloats(string name)
    {
        SafetensorsTensorInfo info = Find(name);
        byte[] bytes = ReadBytes(info);
        return info.DataType switch
        {
            "F32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "F16" => [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(half => (float)half)],
            "BF16" => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray()
                .Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))],
            "F64" => [.. MemoryMarshal.Cast<byte, double>(bytes).ToArray().Select(number => (float)number)],
            _ => throw WrongType(info, "F32, F16, BF16 or F64"),
        };
    }

    /// <summary>Reads a tensor of whole numbers.</summary>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public long[] ReadInts(string name)
    {
        SafetensorsTensorInfo info = Find(name);
        byte[] bytes = ReadBytes(info);
        return info.DataType switch
        {
            "I64" or "U64" => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
            "I32" => [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(number => (long)number)],
            "U32" => [.. MemoryMarshal.Cast<byte, uint>(bytes).ToArray().Select(number => (long)number)],
            "I16" => [.. MemoryMarshal.Cast<byte, short>(bytes).ToArray().Select(number => (long)number)],
            "U16" => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(number => (long)number)],
            "I8" => [.. bytes.Select(number => (long)(sbyte)number)],
            "U8" or "BOOL" => [.. bytes.Select(number => (long)number)],
            _ => throw WrongType(info, "a type of whole numbers"),
        };
    }

    /// <summary>Reads the bytes of a tensor of U8.</summary>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public byte[] ReadBytes(string name)
    {
        SafetensorsTensorInfo info = Find(name);
        return info.DataType == "U8" ? ReadBytes(info) : throw WrongType(info, "U8");
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static int ReadAt(SafeFileHandle handle, Span<byte> into, long offset)
    {
        int done = 0;
        int read;
        while (done < into.Length && (read = RandomAccess.Read(handle, into[done..], offset + done)) > 0)
        {
            done += read;
        }

        return done;
    }

    private static SafetensorsFormatException Truncated(string path, string what) => new(
        SafetensorsFault.Truncated, path, $"the file ends inside {what}.",
        "The download was probably cut short; fetch the file again.");

    private SafetensorsFormatException WrongType(SafetensorsTensorInfo info, string needed) => new(
        SafetensorsFault.UnsupportedType, Path, $"tensor '{info.Name}' is stored as {info.DataType}; {needed} was needed.",
        "Save it again in such a type.");

    private SafetensorsTensorInfo Find(string name) => _byName.TryGetValue(name, out SafetensorsTensorInfo? info)
        ? info
        : throw new SafetensorsFormatException(
            SafetensorsFault.MissingTensor, Path, $"there is no tensor '{name}' among the {Tensors.Count} of the file.",
            "The file belongs to another model or adapter.");

    private byte[] ReadBytes(SafetensorsTensorInfo info)
    {
        byte[] bytes = new byte[checked((int)info.ByteLength)];
        return ReadAt(_handle, bytes, info.Offset) == bytes.Length
            ? bytes
            : throw Truncated(Path, $"the data of tensor '{info.Name}'");
    }
}
