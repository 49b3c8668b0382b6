using System.Text.Json;
using Ratchet.Engine.Json;

namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>An object of a JSON settings file (config.json and its kind), read key by key; null counts as not there.</summary>
internal sealed class JsonSettings
{
    private const long BytesMax = 16 << 20;
    private const int DepthMax = 32;
    private const int FoundLengthMax = 80;

    private readonly JsonElement _object;
    private readonly string _prefix;

    private JsonSettings(string path, JsonElement settings, string prefix)
    {
        Path = path;
        _object = settings;
        _prefix = prefix;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Names of all keys, those with null included.</summary>
    public IEnumerable<string> Keys => _object.EnumerateObject().Select(p => p.Name);

    /// <summary>Reads a file.</summary>
    /// <exception cref="SettingsFormatException">It is not there, is too large, or holds no JSON object.</exception>
    public static JsonSettings Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > BytesMax)
            {
                throw Broken(path, $"the file has {stream.Length:N0} bytes; such a file has at most {BytesMax:N0}.");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = DepthMax });
            JsonText.RequireUnicode(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonSettings(path, document.RootElement.Clone(), string.Empty)
                : throw Broken(path, $"the file holds a JSON {document.RootElement.ValueKind}; an object was needed.");
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SettingsFormatException(path, "the file is not there.", "A model folder needs it; fetch the whole folder.");
        }
        catch (Exception problem) when (problem is JsonException or EndOfStreamException)
        {
            throw Broken(path, $"the file is not JSON: {problem.Message}");
        }
    }

    /// <summary>Whether a key has a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>The value as it stands in the file, shortened; null where there is none.</summary>
    public string? Raw(string key) => Find(key) is { } value ? Shortened(value) : null;

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <exception cref="SettingsFormatException">It is something else, or is missing without a fallback.</exception>
    public int Integer(string key, int? fallback = null, int least = 1, int most = int.MaxValue) => Find(key) switch
    {
        null => fallback ?? throw Missing(key),
        { ValueKind: JsonValueKind.Number } given when given.TryGetInt32(out int number) && number >= least && number <= most => number,
        { } other => throw Wrong(key, other, most == int.MaxValue ? $"a whole number from {least}" : $"a whole number from {least} to {most:N0}"),
    };

    /// <summary>A finite number.</summary>
    /// <exception cref="SettingsFormatException">It is something else, or is missing without a fallback.</exception>
    public double Number(string key, double? fallback = null) => Find(key) switch
    {
        null => fallback ?? throw Missing(key),
        { ValueKind: JsonValueKind.Number } given when given.TryGetDouble(out double number) && double.IsFinite(number) => number,
        { } other => throw Wrong(key, other, "a number"),
    };

    /// <summary>true or false.</summary>
    /// <exception cref="SettingsFormatException">It is something else.</exception>
    public bool Flag(string key, bool fallback) => Find(key) switch
    {
        null => fallback,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(key, other, "true or false"),
    };

    /// <summary>A text, or null where there is none.</summary>
    /// <exception cref="SettingsFormatException">It is something else.</exception>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => throw Wrong(key, other, "a text"),
    };

    /// <summary>A list of texts; empty where there is none.</summary>
    /// <exception cref="SettingsFormatException">It is something else.</exception>
    public IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            => [.. list.EnumerateArray().Select(e => e.GetString()!)],
        { } other => throw Wrong(key, other, "a list of texts"),
    };

    /// <summary>A whole number or a list of them; empty where there is none.</summary>
    /// <exception cref="SettingsFormatException">It is something else.</exception>
    public IReadOnlyList<int> Integers(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Number } single when single.TryGetInt32(out int number) => [number],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _))
            => [.. list.EnumerateArray().Select(e => e.GetInt32())],
        { } other => throw Wrong(key, other, "a list of whole numbers"),
    };

    /// <summary>An object inside, or null where there is none.</summary>
    /// <exception cref="SettingsFormatException">It is something else.</exception>
    public JsonSettings? Section(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } inner => new JsonSettings(Path, inner, $"{_prefix}{key}."),
        { } other => throw Wrong(key, other, "an object"),
    };

    /// <summary>What to throw for a value that is sound but not computed here.</summary>
    public SettingsFormatException Unsupported(string key, string supported) => new(
        Path, $"{_prefix}{key} is {Raw(key) ?? "not given"}, which changes what the model computes and is not known here; needed is {supported}.",
        "Choose a model without it.");

    private static SettingsFormatException Broken(string path, string problem) => new(path, problem, "Fetch the file again.");

    private static string Shortened(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length > FoundLengthMax ? $"{text[..FoundLengthMax]}…" : text;
    }

    private JsonElement? Find(string key)
        => _object.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private SettingsFormatException Missing(string key) => new(
        Path, $"there is no {_prefix}{key}, without which the model's sizes are not known.", "Fetch the file again.");

    private SettingsFormatException Wrong(string key, JsonElement found, string needed) => new(
        Path, $"{_prefix}{key} is {Shortened(found)}; needed is {needed}.", "Correct it, or fetch the file again.");
}
