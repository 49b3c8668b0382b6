using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Datasets.Csv;

namespace Ratchet.Datasets;

/// <summary>Writes rows in the formats that <see cref="DatasetReader"/> reads.</summary>
public static class DatasetWriter
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes all rows as UTF-8 without a byte order mark.</summary>
    /// <exception cref="NotSupportedException">A row has something that the format cannot express.</exception>
    public static void Write(Stream stream, IEnumerable<ConversationRow> rows, DatasetFormat format, DatasetContainer container)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        text.NewLine = "\n";
        if (container == DatasetContainer.Csv)
        {
            WriteTable(text, rows, format);
            return;
        }

        bool isArray = container == DatasetContainer.JsonArray;
        bool first = true;
        text.Write(isArray ? "[" : "");
        foreach (ConversationRow row in rows)
        {
            text.Write(!isArray ? "" : first ? "\n" : ",\n");
            first = false;
            text.Write(Row(row, format).ToJsonString(Options));
            text.Write(isArray ? "" : "\n");
        }

        text.Write(isArray ? "\n]\n" : "");
    }

    private static JsonObject Row(ConversationRow row, DatasetFormat format) => format switch
    {
        DatasetFormat.Chat => WithTools(new JsonObject { ["messages"] = Messages(row.Messages) }, row),
        DatasetFormat.Preference => Preference(row),
        DatasetFormat.ShareGpt => ShareGpt(row),
        DatasetFormat.Alpaca => Alpaca(row),
        DatasetFormat.PromptCompletion => Pair(row, "prompt", "completion"),
        DatasetFormat.QuestionAnswer => Pair(row, "question", "answer"),
        _ => throw new NotSupportedException($"Rows are not written as {format}; choose chat, dpo, sharegpt, alpaca, prompt_completion or question_answer."),
    };

    private static JsonArray Messages(IEnumerable<ConversationMessage> messages)
    {
        var list = new JsonArray();
        foreach (ConversationMessage message in messages)
        {
            var item = new JsonObject
            {
                ["role"] = message.Role,
                ["content"] = message.ToolCalls is not null && message.Content.Length == 0 ? null : message.Content,
            };
            if (message.Weight is { } weight)
            {
                item["weight"] = weight;
            }

            if (message.Name is not null)
            {
                item["name"] = message.Name;
            }

            if (message.ToolCalls is not null)
            {
                item["tool_calls"] = JsonNode.Parse(message.ToolCalls);
            }

            if (message.ToolCallId is not null)
            {
                item["tool_call_id"] = message.ToolCallId;
            }

            list.Add((JsonNode)item);
        }

        return list;
    }

    private static JsonObject WithTools(JsonObject item, ConversationRow row)
    {
        if (row.Tools is not null)
        {
            item["tools"] = JsonNode.Parse(row.Tools);
        }

        return item;
    }

    private static JsonObject Preference(ConversationRow row)
    {
        if (row.Preferred is null || row.NonPreferred is null)
        {
            throw new NotSupportedException($"The row of line {row.Line} has one answer only; a preference needs two.");
        }

        return new JsonObject
        {
            ["input"] = WithTools(new JsonObject { ["messages"] = Messages(row.Messages) }, row),
            ["preferred_completion"] = Messages([row.Preferred]),
            ["non_preferred_completion"] = Messages([row.NonPreferred]),
        };
    }

    private static JsonObject ShareGpt(ConversationRow row)
    {
        RefuseWeights(row);
        var turns = new JsonArray();
        var item = new JsonObject { ["conversations"] = turns };
        foreach (ConversationMessage message in row.Messages)
        {
            if (message.Role is "system" or "developer")
            {
                item["system"] = message.Content;
                continue;
            }

            (string from, string value) = message switch
            {
                { Role: "user" } => ("human", message.Content),
                { Role: "tool" } => ("observation", message.Content),
                { ToolCalls: { } calls } => ("function_call", Calls(calls)),
                _ => ("gpt", message.Content),
            };
            turns.Add((JsonNode)new JsonObject { ["from"] = from, ["value"] = value });
        }

        item["tools"] = row.Tools ?? "[]";
        return item;
    }

    // Ours is a list of {"type","function":{"name","arguments":"json"}}; theirs is the bare function with parsed arguments.
    private static string Calls(string calls)
    {
        JsonNode[] functions =
        [
            .. JsonNode.Parse(calls)!.AsArray().Select(call => (JsonNode)new JsonObject
            {
                ["name"] = call!["function"]!["name"]!.DeepClone(),
                ["arguments"] = JsonNode.Parse(call["function"]!["arguments"]?.GetValue<string>() ?? "{}"),
            }),
        ];
        return functions is [{ } only] ? only.ToJsonString(Options) : new JsonArray(functions).ToJsonString(Options);
    }

    private static JsonObject Alpaca(ConversationRow row)
    {
        RefuseWeights(row);
        (List<ConversationMessage> turns, string? system) = Turns(row);
        var item = new JsonObject
        {
            ["instruction"] = turns[^2].Content,
            ["input"] = "",
            ["output"] = turns[^1].Content,
        };
        if (system is not null)
        {
            item["system"] = system;
        }

        if (turns.Count > 2)
        {
            item["history"] = new JsonArray(
                [.. turns.SkipLast(2).Chunk(2).Select(pair => (JsonNode)new JsonArray(pair[0].Content, pair[1].Content))]);
        }

        return WithMetadata(item, row);
    }

    private static JsonObject Pair(ConversationRow row, string prompt, string completion)
    {
        (List<ConversationMessage> turns, string? system) = Turns(row);
        if (turns.Count != 2)
        {
            throw new NotSupportedException($"The row of line {row.Line} has {turns.Count} turns; '{prompt}' and '{completion}' hold two.");
        }

        var item = new JsonObject { [prompt] = turns[0].Content, [completion] = turns[1].Content };
        if (system is not null)
        {
            item["system"] = system;
        }

        return WithMetadata(item, row);
    }

    private static JsonObject WithMetadata(JsonObject item, ConversationRow row)
    {
        foreach ((string key, string value) in row.Metadata)
        {
            item.TryAdd(key, value);
        }

        return item;
    }

    private static (List<ConversationMessage> Turns, string? System) Turns(ConversationRow row)
    {
        string? system = row.Messages.FirstOrDefault(message => message.Role is "system" or "developer")?.Content;
        List<ConversationMessage> turns = [.. row.Messages.Where(message => message.Role is not ("system" or "developer"))];
        bool alternates = turns.Count >= 2 && turns.Count % 2 == 0
            && turns.Index().All(turn => turn.Item.Role == (turn.Index % 2 == 0 ? "user" : "assistant") && turn.Item.ToolCalls is null);
        return alternates
            ? (turns, system)
            : throw new NotSupportedException(
                $"The row of line {row.Line} does not alternate between user and assistant, or calls tools; write it as chat or sharegpt.");
    }

    private static void RefuseWeights(ConversationRow row)
    {
        if (row.Messages.Any(message => message.Weight == 0))
        {
            throw new NotSupportedException($"The row of line {row.Line} has a message of weight 0, which only the chat format can say.");
        }
    }

    private static void WriteTable(TextWriter text, IEnumerable<ConversationRow> rows, DatasetFormat format)
    {
        string[] columns = format switch
        {
            DatasetFormat.QuestionAnswer => ["question", "answer"],
            DatasetFormat.PromptCompletion => ["prompt", "completion"],
            DatasetFormat.Alpaca => ["instruction", "input", "output"],
            _ => throw new NotSupportedException($"A table cannot hold {format}; choose question_answer, prompt_completion or alpaca."),
        };
        CsvWriter.WriteRecord(text, columns);
        foreach (ConversationRow row in rows)
        {
            JsonObject item = Row(row, format);
            CsvWriter.WriteRecord(text, columns.Select(column => item[column]!.GetValue<string>()));
        }
    }
}
