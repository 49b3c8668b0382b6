using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>One message of a conversation, as OpenAI's chat API has it; fields we do not know survive.</summary>
public sealed class ChatMessage
{
    public string? Role { get; set; }

    /// <summary>A string, a list of parts, or null where the message only calls tools.</summary>
    public JsonElement? Content { get; set; }

    public string? Name { get; set; }

    public JsonElement? ToolCalls { get; set; }

    public string? ToolCallId { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>Makes a message of plain text.</summary>
    public static ChatMessage FromText(string role, string text) => new()
    {
        Role = role,
        Content = JsonSerializer.SerializeToElement(text),
    };

    /// <summary>The text of <see cref="Content"/>: the string itself, or its text parts one after the other.</summary>
    /// <returns>False where the content holds a part that is not text, or is no content at all.</returns>
    public bool TryGetText(out string text)
    {
        text = "";
        switch (Content?.ValueKind)
        {
            case null or JsonValueKind.Null or JsonValueKind.Undefined:
                return true;
            case JsonValueKind.String:
                text = Content.Value.GetString()!;
                return true;
            case JsonValueKind.Array:
                var builder = new StringBuilder();
                foreach (JsonElement part in Content.Value.EnumerateArray())
                {
                    if (part.ValueKind != JsonValueKind.Object
                        || !part.TryGetProperty("text", out JsonElement value)
                        || value.ValueKind != JsonValueKind.String)
                    {
                        return false;
                    }

                    builder.Append(value.GetString());
                }

                text = builder.ToString();
                return true;
            default:
                return false;
        }
    }
}
