using System.Text.Json;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Messages as golden files write them: whatever is not role and text goes along as it is.</summary>
internal static class GoldenMessages
{
    internal static ChatMessage[] Of(IEnumerable<JsonElement> messages) => [.. messages.Select(Of)];

    internal static ChatMessage Of(JsonElement message) => new(
        message.GetProperty("role").GetString()!,
        message.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String ? content.GetString() : null)
    {
        Fields = message.EnumerateObject()
            .Where(p => p.Name != "role" && (p.Name != "content" || p.Value.ValueKind != JsonValueKind.String))
            .ToDictionary(p => p.Name, p => p.Value),
    };
}
