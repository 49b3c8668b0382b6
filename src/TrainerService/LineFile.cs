using System.Text;
using System.Text.Json;
using Ratchet.Contracts;

namespace Ratchet.TrainerService;

/// <summary>A file of JSON lines that one process appends to and another reads along.</summary>
/// <remarks>Only whole lines count: what follows the last newline was cut by a kill, and the writer removes it.</remarks>
public static class LineFile
{
    /// <summary>The whole lines from a byte position on, and where they end.</summary>
    public static (IReadOnlyList<T> Items, long End) Read<T>(string path, long from = 0)
    {
        if (!File.Exists(path))
        {
            return ([], from);
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length <= from)
        {
            return ([], from);
        }

        stream.Position = from;
        byte[] bytes = new byte[stream.Length - from];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        int end = bytes.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        var items = new List<T>();
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            items.Add(JsonSerializer.Deserialize<T>(line, WireJson.Options)
                ?? throw new InvalidDataException($"{path} holds null where a record was needed."));
        }

        return (items, from + end);
    }

    /// <summary>Opens for appending after the last whole line.</summary>
    public static FileStream OpenForAppend(string path)
    {
        long end = Read<JsonElement>(path).End;
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        stream.SetLength(end);
        stream.Position = end;
        return stream;
    }

    /// <summary>Appends records and puts them on the disk.</summary>
    public static void Append<T>(FileStream stream, IEnumerable<T> items)
    {
        using var lines = new MemoryStream();
        foreach (T item in items)
        {
            JsonSerializer.Serialize(lines, item, WireJson.Options);
            lines.WriteByte((byte)'\n');
        }

        stream.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
        stream.Flush(flushToDisk: true);
    }
}
