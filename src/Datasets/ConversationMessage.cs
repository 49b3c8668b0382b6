namespace Ratchet.Datasets;

/// <summary>One message of a row.</summary>
/// <param name="Role">"system", "developer", "user", "assistant" or "tool".</param>
/// <param name="Content">Empty where an assistant only calls tools.</param>
/// <param name="Weight">0: this assistant message is not learned. Null: as 1.</param>
/// <param name="ToolCalls">JSON array as OpenAI's.</param>
public sealed record ConversationMessage(
    string Role,
    string Content,
    double? Weight = null,
    string? Name = null,
    string? ToolCalls = null,
    string? ToolCallId = null)
{
    /// <summary>Whether training learns this message.</summary>
    public bool IsTarget => Role == "assistant" && (Weight is null or > 0);

    internal int Line { get; init; }

    internal int Column { get; init; }
}
