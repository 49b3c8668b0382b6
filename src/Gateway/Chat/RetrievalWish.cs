using System.Text.Json;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Chat;

/// <summary>The request's `retrieval` field: off, or where and how much to look.</summary>
public sealed record RetrievalWish(
    bool IsOn, string? Collection = null, int? TopK = null, IReadOnlyDictionary<string, JsonElement>? Filter = null)
{
    private const int TopKMax = 50;
    private const string Field = "retrieval";

    public static readonly RetrievalWish Default = new(true);

    /// <summary>Reads the field; absent, null and true mean: on, as configured.</summary>
    public static RetrievalWish Read(JsonElement? field) => field?.ValueKind switch
    {
        null or JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.True => Default,
        JsonValueKind.False => new RetrievalWish(false),
        JsonValueKind.Object => ReadObject(field.Value),
        _ => throw ApiException.BadField(
            Field, $"retrieval is {Kind(field.Value)}; it takes false, or an object with collection, top_k and filter, all optional."),
    };

    private static RetrievalWish ReadObject(JsonElement field)
    {
        string? collection = null;
        int? topK = null;
        Dictionary<string, JsonElement>? filter = null;
        foreach (JsonProperty property in field.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            switch (property.Name)
            {
                case "collection" when property.Value.ValueKind == JsonValueKind.String:
                    collection = property.Value.GetString();
                    break;
                case "top_k" when property.Value.ValueKind == JsonValueKind.Number
                    && property.Value.TryGetInt32(out int count) && count is > 0 and <= TopKMax:
                    topK = count;
                    break;
                case "filter" when property.Value.ValueKind == JsonValueKind.Object:
                    filter = property.Value.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.Clone());
                    break;
                case "collection" or "top_k" or "filter":
                    throw ApiException.BadField(
                        $"{Field}.{property.Name}",
                        $"retrieval.{property.Name} is {Kind(property.Value)}; collection is text, top_k a whole number from 1 to "
                        + $"{TopKMax}, filter an object of metadata.");
                default:
                    break;
            }
        }

        return new RetrievalWish(true, collection, topK, filter);
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => $"the number {value.GetRawText()}",
        JsonValueKind.String => "text",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };
}
