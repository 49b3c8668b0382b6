using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Proxy;
using Ratchet.Gateway.Records;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Feedback;

/// <summary>Turns a person's word on an answer into the record that the RagService keeps.</summary>
public sealed class FeedbackDesk(ChatStore chats, RagClient rag)
{
    /// <summary>Acknowledges only what the RagService has on its disk.</summary>
    public async Task<FeedbackRecord> TakeAsync(
        FeedbackInput input, Caller caller, string? idempotencyKey, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        string kind = KindOf(input);
        string? id = input.ChatId ?? input.CompletionId;
        FeedbackRequest request = id is not null ? About(Chat(id, "chat_id"), input, kind)
            : !string.IsNullOrWhiteSpace(input.Question) ? new FeedbackRequest(
                kind, input.Question, input.Answer, input.Correction, input.Collection, null, input.Adapter, input.Chunks, input.Comment,
                Rejected: input.Rejected)
            : throw ApiException.BadField(
                "chat_id", "Neither chat_id nor completion_id is given. Send the id of the completion, as the chat answered it.");

        // The same word twice, by a double click or a retry, is one word.
        string key = !string.IsNullOrEmpty(idempotencyKey) ? idempotencyKey
            : id is null ? Guid.NewGuid().ToString("N")
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\n{kind}\n{input.Over}\n{input.Rejected}\n{input.Correction}\n{input.Comment}")));
        try
        {
            return await rag.SendFeedbackAsync(request with { User = caller.Name }, key, cancellation);
        }
        catch (RagRequestException refusal)
        {
            throw new ApiException(refusal.Status, refusal.Code ?? "feedback_refused", refusal.Message, refusal.Param);
        }
        catch (HttpRequestException)
        {
            throw ServiceErrors.Away(Services.Rag);
        }
    }

    private ChatRecord Chat(string id, string param)
    {
        ChatRecord chat = chats.Find(id) ?? throw new ApiException(
            404, "chat_not_found",
            $"There is no chat '{id}' on record. Send the id of a completion that this gateway answered, or question and answer.",
            param);
        return chat.PurgedAt is null ? chat : throw new ApiException(
            410, "chat_purged",
            $"The chat '{id}' was purged because a document that it cites was deleted. Ask again and judge the new answer.",
            param);
    }

    // What either answer was given counts: a document that is kept for evaluation keeps the pair out of training.
    private FeedbackRequest About(ChatRecord chat, FeedbackInput input, string kind)
    {
        ChatRecord? other = input.Over is { } over ? Chat(over, "over") : null;
        if (other is not null && !string.Equals(other.Question.Trim(), chat.Question.Trim(), StringComparison.Ordinal))
        {
            throw ApiException.BadField(
                "over", $"'{input.Over}' answers another question than '{chat.Id}', so neither can be preferred. Send two answers to one question.");
        }

        return new FeedbackRequest(
            kind,
            chat.Question,
            chat.Answer,
            input.Correction,
            input.Collection ?? chat.Collection,
            chat.Id,
            chat.Adapter,
            [.. chat.Chunks.Concat(other?.Chunks ?? []).Select(chunk => chunk.Id).Distinct()],
            input.Comment,
            Rejected: other?.Answer ?? input.Rejected);
    }

    private static string KindOf(FeedbackInput input)
    {
        if (!string.IsNullOrWhiteSpace(input.Correction))
        {
            return FeedbackKinds.Correction;
        }

        if (!string.IsNullOrWhiteSpace(input.Over) || !string.IsNullOrWhiteSpace(input.Rejected))
        {
            return FeedbackKinds.Preferred;
        }

        if (input.Kind is { } kind)
        {
            return FeedbackKinds.All.Contains(kind) ? kind : throw ApiException.BadField(
                "kind", $"kind is '{kind}'; it takes {string.Join(", ", FeedbackKinds.All)}.");
        }

        return input.Rating?.ValueKind switch
        {
            JsonValueKind.True => FeedbackKinds.ThumbUp,
            JsonValueKind.False => FeedbackKinds.ThumbDown,
            JsonValueKind.Number => input.Rating.Value.GetDouble() > 0 ? FeedbackKinds.ThumbUp : FeedbackKinds.ThumbDown,
            JsonValueKind.String when input.Rating.Value.GetString() is "up" or "thumb_up" or "good" => FeedbackKinds.ThumbUp,
            JsonValueKind.String when input.Rating.Value.GetString() is "down" or "thumb_down" or "bad" => FeedbackKinds.ThumbDown,
            _ => throw ApiException.BadField("rating", "Neither rating nor correction is given. Send rating up or down, a correction, or over."),
        };
    }
}
