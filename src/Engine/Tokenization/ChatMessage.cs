using System.Text.Json;

namespace Ratchet.Engine.Tokenization;

/// <summary>One message of a conversation, as chat templates see it.</summary>
/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Content">Its text; null where the template is to find no such field.</param>
public sealed record ChatMessage(string Role, string? Content)
{
    /// <summary>Further fields for the template (tool_calls, name, tool_call_id ...), as JSON; empty where there are none.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; init; } = new Dictionary<string, JsonElement>();
}
