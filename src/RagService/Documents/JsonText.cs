using System.Globalization;
using System.Text;
using System.Text.Json;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>Reads JSON into lines: an object's fields by name, a list's items one a line.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 64,
    };

    public static ExtractedText Read(string text, string name)
    {
        using JsonDocument document = Parse(text, name, 0);
        JsonElement root = document.RootElement;
        var lines = new RecordLines();
        if (root.ValueKind == JsonValueKind.Array)
        {
            AddItems(lines, root);
        }
        else if (root.ValueKind == JsonValueKind.Object)
        {
            AddObject(lines, root);
        }
        else
        {
            lines.Add([("", Plain(root))]);
        }

        return lines.ToText(TitleOf(root));
    }

    public static ExtractedText ReadLines(string text, string name)
    {
        var lines = new RecordLines();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                using JsonDocument document = Parse(line, name, number - 1);
                lines.Add(Fields(document.RootElement));
            }
        }

        return lines.ToText(null);
    }

    // A list of objects inside an object is a table of its own, under the field's name.
    private static void AddObject(RecordLines lines, JsonElement root)
    {
        lines.Add([.. root.EnumerateObject().Where(field => !IsTable(field.Value)).SelectMany(f => Fields(f.Value, f.Name))]);
        foreach (JsonProperty table in root.EnumerateObject().Where(field => IsTable(field.Value)))
        {
            lines.AddHeading(Words(table.Name));
            AddItems(lines, table.Value);
        }
    }

    private static void AddItems(RecordLines lines, JsonElement list)
    {
        foreach (JsonElement item in list.EnumerateArray())
        {
            lines.Add(Fields(item));
        }
    }

    private static bool IsTable(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
        && value.EnumerateArray().Any(item => item.ValueKind is JsonValueKind.Object or JsonValueKind.Array);

    private static List<(string Name, string Value)> Fields(JsonElement value, string name = "")
    {
        return value.ValueKind switch
        {
            JsonValueKind.Object => [.. value.EnumerateObject().SelectMany(
                field => Fields(field.Value, name.Length > 0 ? $"{name} {field.Name}" : field.Name))],
            JsonValueKind.Array when IsTable(value) =>
                [.. value.EnumerateArray().SelectMany(item => Fields(item, name))],
            JsonValueKind.Array => [(Words(name), string.Join(", ", value.EnumerateArray().Select(Plain)))],
            _ => [(Words(name), Plain(value))],
        };
    }

    private static string? TitleOf(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            foreach (string name in new[] { "title", "name" })
            {
                if (root.TryGetProperty(name, out JsonElement title) && title.ValueKind == JsonValueKind.String)
                {
                    return title.GetString();
                }
            }
        }

        return null;
    }

    // opening_hours and openingHours are searched for as "opening hours".
    private static string Words(string name)
    {
        var words = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] is '_' or '-')
            {
                words.Append(' ');
            }
            else if (i > 0 && char.IsAsciiLetterUpper(name[i]) && char.IsAsciiLetterLower(name[i - 1]))
            {
                words.Append(' ').Append(char.ToLowerInvariant(name[i]));
            }
            else
            {
                words.Append(name[i]);
            }
        }

        return words.ToString();
    }

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };

    private static JsonDocument Parse(string text, string name, int linesBefore)
    {
        try
        {
            return JsonDocument.Parse(text, Lenient);
        }
        catch (JsonException broken)
        {
            string line = ((broken.LineNumber ?? 0) + 1 + linesBefore).ToString(CultureInfo.InvariantCulture);
            throw new ApiException(
                400,
                "unreadable_json",
                $"{name}, line {line}, byte {(broken.BytePositionInLine ?? 0) + 1}: {broken.Message.Split(" LineNumber:")[0]} "
                + "Correct the line, or send the file as text.",
                "file");
        }
    }
}
