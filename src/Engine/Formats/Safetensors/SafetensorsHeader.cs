using System.Text;
using System.Text.Json;
using Ratchet.Engine.Json;

namespace Ratchet.Engine.Formats.Safetensors;

/// <summary>The JSON header: a name, then dtype, shape and data_offsets of each tensor.</summary>
internal static class SafetensorsHeader
{
    private const string MetadataKey = "__metadata__";
    private const int DimensionsMax = 16;

    public static (IReadOnlyDictionary<string, string> Metadata, List<SafetensorsTensorInfo> Tensors) Parse(
        string path, byte[] header, long dataStart, long dataLength)
    {
        using JsonDocument document = ParseJson(path, header);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw SafetensorsFormatException.Header(
                path, $"the header is {Word(document.RootElement)}; an object was needed.");
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var tensors = new List<SafetensorsTensorInfo>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in document.RootElement.EnumerateObject())
        {
            if (!names.Add(entry.Name))
            {
                throw new SafetensorsFormatException(
                    SafetensorsFault.DuplicateName, path, $"the tensor '{entry.Name}' stands there twice; once was needed.",
                    "Save the file again.");
            }

            if (entry.Name == MetadataKey)
            {
                ReadMetadata(path, entry.Value, metadata);
            }
            else
            {
                tensors.Add(ReadEntry(path, entry, dataLength));
            }
        }

        RequireNoHoles(path, tensors, dataLength);
        return (metadata, [.. tensors.Select(tensor => tensor with { Offset = dataStart + tensor.Offset })]);
    }

    /// <summary>Bytes of one number; 0 for a dtype that is not known.</summary>
    public static int BytesOf(string dataType) => dataType switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };

    private static JsonDocument ParseJson(string path, byte[] header)
    {
        try
        {
            // Strict, so that half a character is a fault of the file and not of some name.
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(header);
            var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            JsonText.RequireUnicode(document.RootElement);
            return document;
        }
        catch (Exception fault) when (fault is JsonException or DecoderFallbackException)
        {
            throw SafetensorsFormatException.Header(path, $"the header is not JSON in UTF-8 ({fault.Message.Split('.')[0]}).");
        }
    }

    private static void ReadMetadata(string path, JsonElement value, Dictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw SafetensorsFormatException.Header(path, $"{MetadataKey} is {Word(value)}; an object of texts was needed.");
        }

        foreach (JsonProperty entry in value.EnumerateObject())
        {
            metadata[entry.Name] = entry.Value.ValueKind == JsonValueKind.String
                ? entry.Value.GetString()!
                : throw SafetensorsFormatException.Header(
                    path, $"{MetadataKey}.{entry.Name} is {Word(entry.Value)}; a text was needed.");
        }
    }

    private static SafetensorsTensorInfo ReadEntry(string path, JsonProperty entry, long dataLength)
    {
        string name = entry.Name;
        if (entry.Value.ValueKind != JsonValueKind.Object
            || !entry.Value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !entry.Value.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array
            || !entry.Value.TryGetProperty("data_offsets", out JsonElement offsets)
            || offsets.ValueKind != JsonValueKind.Array || offsets.GetArrayLength() != 2)
        {
            throw SafetensorsFormatException.Header(
                path, $"tensor '{name}' lacks one of dtype, shape and data_offsets (two numbers).");
        }

        string dataType = dtype.GetString()!;
        int size = BytesOf(dataType);
        if (size == 0)
        {
            throw new SafetensorsFormatException(
                SafetensorsFault.UnsupportedType, path, $"tensor '{name}' has dtype '{dataType}', which this reader does not know.",
                "Save it again as F32, F16 or BF16.");
        }

        (int[] dimensions, long bytes) = ReadShape(path, name, shape, size);
        long begin = ReadOffset(path, name, offsets[0]);
        long end = ReadOffset(path, name, offsets[1]);
        if (end < begin || end > dataLength)
        {
            throw new SafetensorsFormatException(
                SafetensorsFault.OutOfBounds, path,
                $"tensor '{name}' lies at bytes {begin:N0} to {end:N0} of the data, which has {dataLength:N0}.",
                "The download was probably cut short; fetch the file again.");
        }

        return end - begin == bytes
            ? new SafetensorsTensorInfo(name, dataType, dimensions, begin, bytes)
            : throw new SafetensorsFormatException(
                SafetensorsFault.InvalidShape, path,
                $"tensor '{name}' of {dataType} [{string.Join(", ", dimensions)}] needs {bytes:N0} bytes and has {end - begin:N0}.",
                "Save the file again.");
    }

    private static (int[] Dimensions, long Bytes) ReadShape(string path, string name, JsonElement shape, int size)
    {
        if (shape.GetArrayLength() > DimensionsMax)
        {
            throw SafetensorsFormatException.Header(
                path, $"tensor '{name}' has {shape.GetArrayLength()} dimensions; at most {DimensionsMax} are read.");
        }

        int[] dimensions = new int[shape.GetArrayLength()];
        long bytes = size;
        for (int i = 0; i < dimensions.Length; i++)
        {
            if (shape[i].ValueKind != JsonValueKind.Number || !shape[i].TryGetInt64(out long dimension))
            {
                throw SafetensorsFormatException.Header(
                    path, $"tensor '{name}' has a dimension that is {Word(shape[i])}; a whole number was needed.");
            }

            if (dimension is < 0 or > int.MaxValue || (dimension > 0 && bytes > long.MaxValue / dimension))
            {
                throw new SafetensorsFormatException(
                    SafetensorsFault.InvalidShape, path,
                    $"tensor '{name}' has a dimension of {dimension:N0}, which makes no tensor of a usable size.",
                    "Save the file again.");
            }

            dimensions[i] = (int)dimension;
            bytes *= dimension;
        }

        return (dimensions, bytes);
    }

    private static long ReadOffset(string path, string name, JsonElement offset) =>
        offset.ValueKind == JsonValueKind.Number && offset.TryGetUInt64(out ulong value)
            ? value <= long.MaxValue
                ? (long)value
                : throw new SafetensorsFormatException(
                    SafetensorsFault.OutOfBounds, path, $"tensor '{name}' has the offset {value:N0}, far behind the file.",
                    "Save the file again.")
            : throw SafetensorsFormatException.Header(
                path, $"tensor '{name}' has an offset that is {Word(offset)}; a whole number from 0 was needed.");

    private static void RequireNoHoles(string path, List<SafetensorsTensorInfo> tensors, long dataLength)
    {
        tensors.Sort((a, b) => a.Offset != b.Offset
            ? a.Offset.CompareTo(b.Offset)
            : a.ByteLength.CompareTo(b.ByteLength));
        long at = 0;
        foreach (SafetensorsTensorInfo tensor in tensors)
        {
            if (tensor.Offset != at)
            {
                throw new SafetensorsFormatException(
                    SafetensorsFault.OverlappingTensors, path,
                    $"tensor '{tensor.Name}' begins at {tensor.Offset:N0} where {at:N0} was needed: tensors share bytes or leave some out.",
                    "The file is damaged, or was made to do harm; do not use it.");
            }

            at += tensor.ByteLength;
        }

        if (at != dataLength)
        {
            throw new SafetensorsFormatException(
                SafetensorsFault.OverlappingTensors, path,
                $"the tensors end at {at:N0} of {dataLength:N0} bytes of data: some belong to no tensor.",
                "The file is damaged, or was made to do harm; do not use it.");
        }
    }

    private static string Word(JsonElement element)
    {
        string text = element.GetRawText();
        return text.Length > 60 ? text[..60] + "..." : text;
    }
}
