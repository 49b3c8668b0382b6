using System.Text.Json;
using Ratchet.RagService.Ports;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Search;

/// <summary>Reads metadata and filters on it: values are text, numbers and truth values, compared as they are written.</summary>
internal static class FilterReader
{
    private const int EntriesMax = 50;
    private const int LengthMax = 1_000;

    public static ChunkFilter Read(string? collection, IReadOnlyDictionary<string, JsonElement>? filter, RagOptions options) =>
        new(
            string.IsNullOrEmpty(collection) ? null : Names.Collection(collection, options),
            filter is null ? [] : [.. filter.Select(entry => new MetadataCondition(entry.Key, Values(entry.Key, entry.Value)))]);

    /// <summary>Metadata as it is stored: flat, everything as text.</summary>
    public static Dictionary<string, string>? Metadata(IReadOnlyDictionary<string, JsonElement>? given)
    {
        if (given is null)
        {
            return null;
        }

        if (given.Count > EntriesMax)
        {
            throw ApiException.BadField("metadata", $"There are {given.Count} entries; at most {EntriesMax} are taken.");
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonElement value) in given)
        {
            if (value.ValueKind is JsonValueKind.Null)
            {
                continue;
            }

            string text = Scalar(value) ?? throw ApiException.BadField(
                $"metadata.{name}",
                $"The value is {Word(value)}; metadata is flat: text, numbers and truth values. Send it as separate entries.");
            metadata[name] = name.Length is > 0 and <= LengthMax && text.Length <= LengthMax
                ? text
                : throw ApiException.BadField(
                    $"metadata.{Names.Shown(name)}", $"Name and value may have at most {LengthMax} characters each.");
        }

        return metadata;
    }

    private static IReadOnlyList<string> Values(string name, JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(item => Scalar(item) ?? throw Bad(name, item))]
        : [Scalar(value) ?? throw Bad(name, value)];

    private static ApiException Bad(string name, JsonElement value) => ApiException.BadField(
        $"filter.{name}",
        $"The value is {Word(value)}; a filter is a text, number or truth value, or a list of them of which one must match.");

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    private static string Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => "null",
    };
}
