using System.Text.Json;

namespace Ratchet.Gateway.Feedback;

/// <summary>What a person says about an answer: POST /v1/feedback.</summary>
/// <param name="ChatId">The completion's id, which is the chat's too.</param>
/// <param name="CompletionId">The same, by OpenAI's word.</param>
/// <param name="Rating">up or down; also 1, -1, true, false.</param>
/// <param name="Correction">The answer that should have come.</param>
/// <param name="Kind">thumb_up, thumb_down, correction, regenerate or preferred, where rating, correction and over do not say it.</param>
/// <param name="Question">Needed only where no chat is named.</param>
/// <param name="Over">The id of another completion to the same question, which this one was preferred to.</param>
/// <param name="Rejected">That answer's text, where no chat is named.</param>
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
    IReadOnlyList<string>? Chunks = null,
    string? Over = null,
    string? Rejected = null);
