using System.Text.Json.Nodes;
using Ratchet.Contracts;
using Ratchet.RagService.Feedback;

namespace Ratchet.RagService.Batches;

/// <summary>Writes a pair as one line of OpenAI's preference format, with where it comes from: keys sorted, nothing for null.</summary>
internal static class CanonicalPair
{
    /// <param name="pair">The pair.</param>
    /// <param name="passages">What the chosen answer was given: the prompt is the one that is asked in use.</param>
    public static string Of(PairRow pair, IReadOnlyList<PromptChunk> passages)
    {
        var line = new JsonObject { ["collection"] = pair.Collection };
        AddIfKnown(line, "document_id", pair.DocumentId);
        AddIfKnown(line, "document_key", pair.DocumentKey);
        line["example_id"] = pair.ExampleId;
        line["input"] = new JsonObject
        {
            ["messages"] = new JsonArray([.. GroundedPrompt.Build(pair.Question, [], passages).Select(message => Message(message.Role, message.Content))]),
        };
        line["non_preferred_completion"] = new JsonArray(Message("assistant", pair.Rejected));
        line["pair_id"] = pair.Id;
        line["preferred_completion"] = new JsonArray(Message("assistant", pair.Answer));
        return line.ToJsonString(WireJson.Options);
    }

    private static JsonObject Message(string role, string content) => new() { ["content"] = content, ["role"] = role };

    private static void AddIfKnown(JsonObject line, string name, string? value)
    {
        if (value is not null)
        {
            line[name] = value;
        }
    }
}
