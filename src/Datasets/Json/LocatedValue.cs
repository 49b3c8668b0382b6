using System.Text;
using System.Text.Json;

namespace Ratchet.Datasets.Json;

/// <summary>A JSON value that knows where in the file it stands.</summary>
internal sealed class LocatedValue
{
    private static readonly IReadOnlyDictionary<string, LocatedValue> NoProperties = new Dictionary<string, LocatedValue>();

    private readonly ReadOnlyMemory<byte> _raw;

    public LocatedValue(JsonValueKind kind, int line, int column, ReadOnlyMemory<byte> raw, string? text = null)
    {
        (Kind, Line, Column, _raw, Text) = (kind, line, column, raw, text);
    }

    public JsonValueKind Kind { get; }

    public int Line { get; }

    public int Column { get; }

    /// <summary>Only of a string.</summary>
    public string? Text { get; }

    /// <summary>Only of an object; of a key given twice the last value.</summary>
    public IReadOnlyDictionary<string, LocatedValue> Properties { get; init; } = NoProperties;

    /// <summary>Only of an array.</summary>
    public IReadOnlyList<LocatedValue> Items { get; init; } = [];

    /// <summary>The value as the file has it.</summary>
    public string Raw => Encoding.UTF8.GetString(_raw.Span);

    /// <summary>In words, for messages.</summary>
    public string KindText => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };

    /// <summary>A string as it is, anything else as JSON.</summary>
    public string AsText => Text ?? Raw;

    /// <summary>The value under a key; null where it is missing or null.</summary>
    public LocatedValue? Find(string key) =>
        Properties.TryGetValue(key, out LocatedValue? value) && value.Kind != JsonValueKind.Null ? value : null;

    public bool Has(string key) => Properties.ContainsKey(key);

    /// <summary>A row of strings, as a table gives it.</summary>
    public static LocatedValue OfStrings(int line, IEnumerable<(string Key, string Text, int Line, int Column)> fields)
    {
        var properties = new Dictionary<string, LocatedValue>(StringComparer.Ordinal);
        foreach ((string key, string text, int fieldLine, int column) in fields)
        {
            properties[key] = new LocatedValue(JsonValueKind.String, fieldLine, column, default, text);
        }

        return new LocatedValue(JsonValueKind.Object, line, 1, default) { Properties = properties };
    }
}
