using Microsoft.Win32.SafeHandles;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>An open GGUF file: its metadata, and its tensors on demand.</summary>
/// <remarks>
/// Format: ggml's docs/gguf.md, versions 2 and 3, little-endian. Every count, length and offset is checked against limits and
/// against the file before it is used.
/// <code>
/// "GGUF" | version u32 | tensors u64 | keys u64 | keys ... | tensor descriptions ... | padding | data
/// </code>
/// </remarks>
public sealed class GgufFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, GgufTensorInfo> _byName;

    private GgufFile(string path, SafeFileHandle handle, GgufMetadata metadata, List<GgufTensorInfo> tensors)
    {
        Path = path;
        _handle = handle;
        Metadata = metadata;
        Tensors = tensors;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The file as it was given.</summary>
    public string Path { get; }

    /// <summary>Its keys.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Its tensors, in the order of the file.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Reads metadata and tensor descriptions, and checks that every tensor lies inside the file.</summary>
    /// <exception cref="GgufFormatException">The file is no GGUF file that this reader knows.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static GgufFile Open(string path, GgufLimits? limits = null)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var header = new GgufHeaderReader(path, handle, limits ?? new GgufLimits());
            (GgufMetadata metadata, List<GgufTensorInfo> tensors) = header.Read();
            return new GgufFile(path, handle, metadata, tensors);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up by name.</summary>
    public bool TryFindTensor(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out GgufTensorInfo? info) =>
        _byName.TryGetValue(name, out info);

    /// <summary>Copies a tensor into memory of its own.</summary>
    /// <exception cref="GgufFormatException">There is no such tensor, or the file has become shorter.</exception>
    public Tensor ReadTensor(string name)
    {
        if (!_byName.TryGetValue(name, out GgufTensorInfo? info))
        {
            throw new GgufFormatException(
                GgufFault.MissingKey, Path, 0, $"there is no tensor '{name}' among the {Tensors.Count} of the file.",
                "The file holds another kind of model; convert it again.");
        }

        var tensor = new Tensor(info.Type, [.. info.Shape]);
        try
        {
            Fill(tensor, info);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private unsafe void Fill(Tensor tensor, GgufTensorInfo info)
    {
        const int PieceMax = 1 << 24;
        for (long done = 0; done < info.ByteLength;)
        {
            int piece = (int)Math.Min(PieceMax, info.ByteLength - done);
            int read = RandomAccess.Read(_handle, new Span<byte>(tensor.Pointer + done, piece), info.Offset + done);
            if (read == 0)
            {
                throw GgufFormatException.Truncated(Path, info.Offset + done, $"the data of tensor '{info.Name}'");
            }

            done += read;
        }
    }
}
