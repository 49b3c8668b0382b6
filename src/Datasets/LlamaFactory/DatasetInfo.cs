using System.Text.Json;

namespace Ratchet.Datasets.LlamaFactory;

/// <summary>Reads LLaMA-Factory's dataset_info.json.</summary>
/// <remarks>Fields and defaults: LLaMA-Factory, data/README.md. docs/formats/datasets.md has the table.</remarks>
public static class DatasetInfo
{
    /// <summary>The file's name.</summary>
    public const string FileName = "dataset_info.json";

    private const int BytesMax = 1 << 20;
    private const int DepthMax = 16;

    private static readonly string[] Sources = ["hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"];
    private static readonly string[] UnreadColumns = ["images", "videos", "audios", "kto_tag"];

    private static readonly Dictionary<string, string> FlatColumns = new()
    {
        ["prompt"] = "instruction",
        ["query"] = "input",
        ["response"] = "output",
    };

    private static readonly Dictionary<string, string> TurnColumns = new() { ["messages"] = "conversations" };

    private static readonly Dictionary<string, string> UsualTags = new()
    {
        ["role_tag"] = "from",
        ["content_tag"] = "value",
        ["user_tag"] = "human",
        ["assistant_tag"] = "gpt",
        ["observation_tag"] = "observation",
        ["function_tag"] = "function_call",
        ["system_tag"] = "system",
    };

    private static readonly Dictionary<string, string> OpenAITags = new(UsualTags)
    {
        ["role_tag"] = "role",
        ["content_tag"] = "content",
        ["user_tag"] = "user",
        ["assistant_tag"] = "assistant",
        ["observation_tag"] = "tool",
    };

    /// <summary>Reads all entries, in their order.</summary>
    /// <param name="json">The file.</param>
    /// <exception cref="DatasetInfoException">It is no such file; the message names the entry, what was found and what is needed.</exception>
    public static IReadOnlyList<DatasetEntry> Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > BytesMax)
        {
            throw new DatasetInfoException($"{FileName} has {json.Length:N0} bytes; at most {BytesMax:N0} are read.");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? [.. document.RootElement.EnumerateObject().Select(Entry)]
                : throw new DatasetInfoException($"{FileName} is {Word(document.RootElement)}; an object of data sets is needed.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new DatasetInfoException($"{FileName} is not JSON in UTF-8: {fault.Message}");
        }
    }

    private static DatasetEntry Entry(JsonProperty named)
    {
        JsonElement entry = named.Value;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw new DatasetInfoException($"'{named.Name}' is {Word(entry)}; an object with 'file_name' is needed.");
        }

        string formatting = Text(named.Name, entry, "formatting") ?? "alpaca";
        bool hasTurns = formatting is "sharegpt" or "openai";
        if (!hasTurns && formatting != "alpaca")
        {
            throw new DatasetInfoException($"'{named.Name}' has the formatting '{formatting}'; alpaca, sharegpt or openai is needed.");
        }

        string? remote = Sources.FirstOrDefault(source => Text(named.Name, entry, source) is not null);
        string? file = Text(named.Name, entry, "file_name");
        if (remote is null && file is null)
        {
            throw new DatasetInfoException($"'{named.Name}' names no source; 'file_name' is needed.");
        }

        bool isRanking = entry.TryGetProperty("ranking", out JsonElement ranking) && ranking.ValueKind == JsonValueKind.True;
        return new DatasetEntry(named.Name)
        {
            FileName = remote is null ? file : null,
            Remote = remote is null ? null : $"{remote} {Text(named.Name, entry, remote)}",
            HasTurns = hasTurns,
            IsRanking = isRanking,
            SampleCount = Count(named.Name, entry),
            Columns = Columns(named.Name, entry, hasTurns, isRanking),
            Tags = hasTurns ? Names(named.Name, entry, "tags", formatting == "openai" ? OpenAITags : UsualTags) : UsualTags,
        };
    }

    private static Dictionary<string, string> Columns(string name, JsonElement entry, bool hasTurns, bool isRanking)
    {
        Dictionary<string, string> usual = hasTurns ? TurnColumns : FlatColumns;
        Dictionary<string, string> columns = Names(name, entry, "columns", usual);
        string? unread = UnreadColumns.FirstOrDefault(columns.ContainsKey);
        if (unread is not null)
        {
            throw new DatasetInfoException($"'{name}' has the column '{unread}', which is not read here: text alone, in one answer or in pairs, is needed.");
        }

        if (isRanking)
        {
            columns.TryAdd("chosen", "chosen");
            columns.TryAdd("rejected", "rejected");
        }

        return columns;
    }

    private static Dictionary<string, string> Names(string name, JsonElement entry, string part, Dictionary<string, string> usual)
    {
        var names = new Dictionary<string, string>(usual);
        if (!entry.TryGetProperty(part, out JsonElement given) || given.ValueKind == JsonValueKind.Null)
        {
            return names;
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            throw new DatasetInfoException($"'{name}.{part}' is {Word(given)}; an object of names is needed.");
        }

        foreach (JsonProperty pair in given.EnumerateObject())
        {
            names[pair.Name] = pair.Value.ValueKind == JsonValueKind.String && pair.Value.GetString() is { Length: > 0 } text
                ? text
                : throw new DatasetInfoException($"'{name}.{part}.{pair.Name}' is {Word(pair.Value)}; a name is needed.");
        }

        return names;
    }

    private static string? Text(string name, JsonElement entry, string key) => !entry.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null
        ? null
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new DatasetInfoException($"'{name}.{key}' is {Word(value)}; a text is needed.");

    private static int? Count(string name, JsonElement entry) => !entry.TryGetProperty("num_samples", out JsonElement value) || value.ValueKind == JsonValueKind.Null
        ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count > 0
            ? count
            : throw new DatasetInfoException($"'{name}.num_samples' is {value.GetRawText()}; a whole number from 1 is needed.");

    private static string Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => value.GetString()!.Length == 0 ? "an empty text" : "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        _ => "a truth value",
    };
}
