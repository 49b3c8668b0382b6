using System.Text.Json;

namespace Ratchet.Gateway.Feedback;

/// <summary>What a person says about an answer: POST /v1/feedback.</summary>
/// <param name="ChatId">The completion's id, which is the chat's too.</param>
/// <param name="CompletionId">The same, by OpenAI's word.</param>
/// <param name="Rating">up or down; also 1, -1, true, false.</param>
/// <param name="Correction">The answer that should have come.</param>
/// <param name="Kind">thumb_up, thumb_down, correction or regenerate, where rating and correction do not say it.</param>
/// <param name="Question">Needed only where no chat is named.</param>
public sealed record FeedbackInput(
    string? ChatId = null,
    string? CompletionId = null,
    JsonElement? Rating = null,
    string? Correction = null,
    string? Kind = null,
    string? Comment = null,
    string? Question = null,
    string? Answer = null,
    string? Collection = null,
    string? Adapter = null,
    IReadOnlyList<string>? Chunks = null);
