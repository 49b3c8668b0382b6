using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Says which documents an answer rests on, as OpenAI's annotations, and what stood behind it, as x_ratchet.</summary>
public sealed class CiteStep : IChatStep
{
    private const string Extension = "x_ratchet";

    public ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.Completion is { } completion)
        {
            foreach (JsonNode? choice in completion["choices"] as JsonArray ?? [])
            {
                if (choice?["message"] is JsonObject message)
                {
                    message["annotations"] = Annotate(turn, (string?)message["content"] ?? "");
                }
            }

            completion[Extension] = Trace(turn);
        }
        else if (turn.Stream is { } stream)
        {
            turn.Stream = CiteAsync(turn, stream, cancellation);
        }

        return ValueTask.CompletedTask;
    }

    private static async IAsyncEnumerable<JsonObject> CiteAsync(
        ChatTurn turn, IAsyncEnumerable<JsonObject> chunks, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var answers = new Dictionary<int, StringBuilder>();
        await foreach (JsonObject chunk in chunks.WithCancellation(cancellation))
        {
            var choices = chunk["choices"] as JsonArray;
            bool isLast = choices is { Count: 0 };
            foreach (JsonNode? choice in choices ?? [])
            {
                int index = (int?)choice?["index"] ?? 0;
                if (!answers.TryGetValue(index, out StringBuilder? answer))
                {
                    answers[index] = answer = new StringBuilder();
                }

                var delta = choice?["delta"] as JsonObject;
                answer.Append((string?)delta?["content"]);
                if ((string?)choice?["finish_reason"] is not null)
                {
                    isLast = true;
                    delta?["annotations"] = Annotate(turn, answer.ToString());
                }
            }

            // With n answers each has a last chunk, and the usage may follow: whichever a client reads last, it is there.
            if (isLast)
            {
                chunk[Extension] = Trace(turn);
            }

            yield return chunk;
        }
    }

    private static JsonNode? Annotate(ChatTurn turn, string answer)
    {
        IReadOnlyList<Annotation> annotations = turn.Answerable == true || turn.Findings.Hits.Count > 0
            ? Grounding.Cite(answer, turn.Sources, turn.Site)
            : [];
        return JsonSerializer.SerializeToNode(annotations, WireJson.Options);
    }

    private static JsonNode? Trace(ChatTurn turn) => JsonSerializer.SerializeToNode(turn.Trace(), WireJson.Options);
}
