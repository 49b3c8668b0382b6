using System.Text.Json;

namespace Ratchet.Engine.Json;

/// <summary>Finds broken characters in JSON, which the parser lets through and stops at only where a text is asked for.</summary>
internal static class JsonText
{
    /// <summary>Asks for every text and name.</summary>
    /// <param name="element">What was parsed.</param>
    /// <exception cref="JsonException">A text holds half of a surrogate pair, or bytes that are no UTF-8; an InvalidOperationException is inside.</exception>
    public static void RequireUnicode(JsonElement element)
    {
        try
        {
            Walk(element);
        }
        catch (InvalidOperationException problem)
        {
            throw new JsonException(problem.Message, problem);
        }
    }

    private static void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                return;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Walk(item);
                }

                return;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Walk(property.Value);
                }

                return;
            default:
                return;
        }
    }
}
