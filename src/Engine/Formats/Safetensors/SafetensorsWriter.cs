using System.Buffers.Binary;
using System.Text.Json;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Safetensors;

/// <summary>Writes safetensors files that are whole or not there: a temporary name, a flush, a rename.</summary>
/// <remarks>The same tensors in any order give the same bytes: entries are sorted by name.</remarks>
public static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    /// <summary>Writes F32, F16 and BF16 tensors.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensors">Names and tensors; each name once.</param>
    /// <param name="metadata">Texts for __metadata__; PyTorch's tools expect "format": "pt".</param>
    /// <exception cref="ArgumentException">A name stands there twice, or a tensor is of a block type.</exception>
    public static unsafe void Write(
        string path, IReadOnlyList<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<KeyValuePair<string, Tensor>> sorted = [.. tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
        byte[] header = Header(sorted, metadata);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach ((_, Tensor tensor) in sorted)
                {
                    const int PieceMax = 1 << 24;
                    for (long done = 0; done < tensor.ByteLength; done += PieceMax)
                    {
                        int piece = (int)Math.Min(PieceMax, tensor.ByteLength - done);
                        stream.Write(new ReadOnlySpan<byte>(tensor.Pointer + done, piece));
                    }
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

    private static byte[] Header(
        List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            string? before = null;
            foreach ((string name, Tensor tensor) in tensors)
            {
                if (name == before)
                {
                    throw new ArgumentException($"The tensor name '{name}' stands there twice.", nameof(tensors));
                }

                before = name;
                WriteEntry(json, name, tensor, offset);
                offset += tensor.ByteLength;
            }

            json.WriteEndObject();
        }

        // Spaces fill the header up, so that the data begins at a multiple of eight.
        int padding = (HeaderAlignment - (buffer.WrittenCount % HeaderAlignment)) % HeaderAlignment;
        byte[] header = new byte[buffer.WrittenCount + padding];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, long offset)
    {
        if (tensor.Type.BlockSize() != 1)
        {
            throw new ArgumentException($"The tensor '{name}' is stored as {tensor.Type}; safetensors has no such type.");
        }

        json.WriteStartObject(name);
        json.WriteString("dtype", tensor.Type.ToString());
        json.WriteStartArray("shape");
        foreach (int dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
