using System.Text.Json;
using Ratchet.Engine.Json;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>A value of a tokenizer's JSON file with the place where it stands, for errors that say where.</summary>
internal readonly struct JsonPart
{
    private const long BytesMax = 128 << 20;
    private const int FoundLengthMax = 60;

    private readonly string? _file;
    private readonly string? _where;
    private readonly JsonElement _value;

    private JsonPart(string file, string where, JsonElement value)
    {
        _file = file;
        _where = where;
        _value = value;
    }

    /// <summary>Path inside the file, such as <c>model.vocab</c>.</summary>
    internal string Where => _where ?? "";

    internal bool IsNull => _value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    internal bool IsObject => _value.ValueKind == JsonValueKind.Object;

    internal bool IsArray => _value.ValueKind == JsonValueKind.Array;

    internal bool IsText => _value.ValueKind == JsonValueKind.String;

    internal bool IsFlag => _value.ValueKind is JsonValueKind.True or JsonValueKind.False;

    /// <summary>The file.</summary>
    internal string File => _file ?? "";

    /// <summary>Reads a file.</summary>
    /// <exception cref="VocabularyException">It is too large or no JSON.</exception>
    internal static JsonPart Read(string path)
    {
        var file = new FileInfo(path);
        if (file.Length > BytesMax)
        {
            throw new VocabularyException($"{path} has {file.Length:N0} bytes; a tokenizer's file has at most {BytesMax:N0}. Fetch the file again.");
        }

        return Parse(path, System.IO.File.ReadAllBytes(path));
    }

    /// <summary>Reads bytes.</summary>
    /// <exception cref="VocabularyException">They are no JSON, or hold characters that are none.</exception>
    internal static JsonPart Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        // A byte order mark is no JSON but does no harm.
        bytes = bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64 });
            JsonText.RequireUnicode(document.RootElement);
            return new(path, "", document.RootElement.Clone());
        }
        catch (JsonException problem) when (problem.InnerException is InvalidOperationException)
        {
            throw new VocabularyException($"{path} holds a text that is no Unicode. Fetch the file again.");
        }
        catch (JsonException problem)
        {
            throw new VocabularyException($"{path} is no JSON: {problem.Message} Fetch the file again.");
        }
    }

    /// <summary>A value of an object; null where it is missing.</summary>
    internal JsonPart this[string key]
    {
        get
        {
            string where = Where.Length == 0 ? key : $"{Where}.{key}";
            return IsObject && _value.TryGetProperty(key, out JsonElement value) ? new(File, where, value) : new(File, where, default);
        }
    }

    /// <summary>The elements of a list.</summary>
    internal IEnumerable<JsonPart> Items()
    {
        if (!IsArray)
        {
            throw Wrong("a list");
        }

        int place = 0;
        foreach (JsonElement item in _value.EnumerateArray())
        {
            yield return new(File, $"{Where}[{place++}]", item);
        }
    }

    /// <summary>The entries of an object.</summary>
    internal IEnumerable<(string Key, JsonPart Value)> Entries()
    {
        if (!IsObject)
        {
            throw Wrong("an object");
        }

        foreach (JsonProperty entry in _value.EnumerateObject())
        {
            yield return (entry.Name, new(File, Where, entry.Value));
        }
    }

    internal int Count => IsArray ? _value.GetArrayLength() : IsObject ? _value.GetPropertyCount() : 0;

    internal string Text() => IsText ? _value.GetString()! : throw Wrong("a text");

    internal string? TextOrNull() => IsNull ? null : Text();

    internal int Integer() => _value.ValueKind == JsonValueKind.Number && _value.TryGetInt32(out int number) ? number : throw Wrong("a whole number");

    internal double Number() => _value.ValueKind == JsonValueKind.Number && _value.TryGetDouble(out double number) && double.IsFinite(number)
        ? number
        : throw Wrong("a number");

    internal bool Flag(bool fallback) => _value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => fallback,
        _ => throw Wrong("true or false"),
    };

    /// <summary>Refuses entries of an object that are not among those that are read, since they may change the ids.</summary>
    internal JsonPart Knowing(params ReadOnlySpan<string> keys)
    {
        foreach ((string key, _) in Entries())
        {
            if (key != "type" && !keys.Contains(key))
            {
                throw this[key].Unknown();
            }
        }

        return this;
    }

    /// <summary>What to throw for what is sound but changes the ids in a way that is not known here.</summary>
    internal VocabularyException Unknown(string? known = null) => new(
        $"{File}: {Place()} is {Found()}, which changes how text becomes tokens and is not known here{(known is null ? "" : $"; known are {known}")}. "
        + "Choose a model without it.");

    /// <summary>What to throw for a value of the wrong kind.</summary>
    internal VocabularyException Wrong(string needed) =>
        new($"{File}: {Place()} is {Found()}; needed is {needed}. Correct it, or fetch the file again.");

    /// <summary>Adds the file's name to what is wrong with a vocabulary.</summary>
    internal VocabularyException Wrong(VocabularyException fault) => new($"{File}: {fault.Message}");

    private string Place() => Where.Length == 0 ? "the whole" : Where;

    private string Found()
    {
        if (_value.ValueKind == JsonValueKind.Undefined)
        {
            return "not given";
        }

        string text = _value.GetRawText();
        return text.Length > FoundLengthMax ? $"{text[..FoundLengthMax]}…" : text;
    }
}
