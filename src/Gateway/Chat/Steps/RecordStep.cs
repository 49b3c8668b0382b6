using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Ratchet.Gateway.Records;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Keeps what was asked and answered, before the asker can refer to it.</summary>
public sealed partial class RecordStep(ChatStore chats, ILogger<RecordStep> logger) : IChatStep
{
    private const string Cancelled = "cancelled";
    private const string ToolCalls = "tool_calls";

    public ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.Completion is { } completion)
        {
            JsonNode? choice = completion["choices"]?[0];
            Record(turn, (string?)completion["id"], (string?)choice?["message"]?["content"] ?? "", (string?)choice?["finish_reason"]);
        }
        else if (turn.Stream is { } stream)
        {
            turn.Stream = RecordAsync(turn, stream, cancellation);
        }

        return ValueTask.CompletedTask;
    }

    private async IAsyncEnumerable<JsonObject> RecordAsync(
        ChatTurn turn, IAsyncEnumerable<JsonObject> chunks, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? id = null;
        var answer = new StringBuilder();
        bool isRecorded = false;
        try
        {
            await foreach (JsonObject chunk in chunks.WithCancellation(cancellation))
            {
                id ??= (string?)chunk["id"];
                JsonNode? first = (chunk["choices"] as JsonArray)?.FirstOrDefault(choice => ((int?)choice?["index"] ?? 0) == 0);
                answer.Append((string?)first?["delta"]?["content"]);
                if (!isRecorded && (string?)first?["finish_reason"] is { } reason)
                {
                    isRecorded = true;
                    Record(turn, id, answer.ToString(), reason);
                }

                yield return chunk;
            }
        }
        finally
        {
            // Stopped half-way: what was shown can still be judged.
            if (!isRecorded && answer.Length > 0)
            {
                Record(turn, id, answer.ToString(), Cancelled);
            }
        }
    }

    // After a function's result the question is the last thing that a person said.
    private static string Asked(ChatTurn turn) =>
        turn.Asked.LastOrDefault(message => message.Role == "user")?.TryGetText(out string text) == true ? text : "";

    private void Record(ChatTurn turn, string? id, string answer, string? finishReason)
    {
        // What asks for functions is no answer yet; the one that follows is kept.
        if (id is null || finishReason == ToolCalls)
        {
            return;
        }

        try
        {
            chats.Add(new ChatRecord
            {
                Id = id,
                CreatedAt = turn.CreatedAt.ToUnixTimeSeconds(),
                Caller = turn.Caller.Name,
                Model = turn.Model!.Id,
                Adapter = turn.Model.Adapter,
                Collection = turn.Retrieval.Collection,
                Question = turn.Question ?? Asked(turn),
                Answer = answer,
                FinishReason = finishReason,
                Chunks = turn.Trace().Chunks,
            });
        }
        catch (Exception full) when (FullDisk.IsReason(full))
        {
            // The answer is worth more than its record; only feedback on it is lost.
            LogNotKept(logger, id, full.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk is full: the answer {Chat} was given but is not kept, so no feedback can refer to it ({Reason})")]
    private static partial void LogNotKept(ILogger logger, string chat, string reason);
}
