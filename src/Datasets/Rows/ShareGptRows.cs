using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Rows;

/// <summary>ShareGPT's rows (F23), read as LLaMA-Factory reads them.</summary>
internal static class ShareGptRows
{
    public static ConversationRow? Read(LocatedValue row, IssueList issues)
    {
        List<ConversationMessage>? messages = Messages(row, issues);
        if (messages is null)
        {
            return null;
        }

        int first = messages is [{ Role: "system" }, ..] ? 1 : 0;
        for (int index = first; index < messages.Count; index++)
        {
            bool answers = (index - first) % 2 == 1;
            if (answers != (messages[index].Role == "assistant"))
            {
                issues.Warning(
                    messages[index].Line,
                    messages[index].Column,
                    DatasetIssueCodes.TurnOrder,
                    $"Turn {index - first + 1} is of role '{messages[index].Role}'; human and gpt have to take turns, human first. The row is left out.");
                return null;
            }
        }

        if (messages.Count == first || (messages.Count - first) % 2 == 1)
        {
            issues.Warning(row.Line, row.Column, DatasetIssueCodes.TurnOrder, "The conversation does not end with an answer. The row is left out.");
            return null;
        }

        return new ConversationRow(messages, row.Line)
        {
            Tools = RowShape.Tools(row, issues),
            Metadata = RowShape.Metadata(row, "conversations", "tools", "system"),
        };
    }

    /// <summary>The turns of a row, with the system column before them unless the turns begin with one of their own.</summary>
    public static List<ConversationMessage>? Messages(LocatedValue row, IssueList issues)
    {
        LocatedValue? list = row.Find("conversations");
        if (list is not { Kind: JsonValueKind.Array })
        {
            issues.Error(
                (list ?? row).Line, (list ?? row).Column, DatasetIssueCodes.MissingMessagesList, "'conversations' is not a list of turns.");
            return null;
        }

        var messages = new List<ConversationMessage>();
        foreach (LocatedValue turn in list.Items)
        {
            if (Turn(turn, issues) is not { } message)
            {
                return null;
            }

            messages.Add(message);
        }

        string system = RowReading.Text(row, "system", issues);
        if (system.Length > 0 && messages is not [{ Role: "system" }, ..])
        {
            messages.Insert(0, RowReading.Message("system", system, row.Find("system")));
        }

        return messages;
    }

    public static ConversationMessage? Turn(LocatedValue turn, IssueList issues)
    {
        string from = turn.Kind == JsonValueKind.Object ? (turn.Find("from") ?? turn.Find("role"))?.AsText ?? "" : "";
        LocatedValue? value = turn.Find("value") ?? turn.Find("content");
        if (from.Length == 0 || value is not { Kind: JsonValueKind.String })
        {
            issues.Error(
                turn.Line, turn.Column, DatasetIssueCodes.MessageMissingKey, "A turn needs 'from' and 'value', both strings.");
            return null;
        }

        string text = value.Text!;
        switch (from)
        {
            case "human" or "user":
                return RowReading.Message("user", text, value);
            case "gpt" or "assistant":
                return RowReading.Message("assistant", text, value);
            case "system":
                return RowReading.Message("system", text, value);
            case "observation" or "tool":
                return RowReading.Message("tool", text, value);
            case "function_call":
                return RowReading.Message("assistant", "", value) with { ToolCalls = Calls(text, value, issues) };
            default:
                issues.Error(
                    turn.Line,
                    turn.Column,
                    DatasetIssueCodes.UnrecognizedRole,
                    $"The turn is from '{from}'; needed is human, gpt, system, observation or function_call.");
                return null;
        }
    }

    private static string? Calls(string text, LocatedValue place, IssueList issues)
    {
        try
        {
            using var call = JsonDocument.Parse(text);
            IEnumerable<JsonElement> calls =
                call.RootElement.ValueKind == JsonValueKind.Array ? call.RootElement.EnumerateArray() : [call.RootElement];
            // OpenAI's arguments are a string that holds JSON.
            return JsonSerializer.Serialize(calls.Select(each => new
            {
                type = "function",
                function = new
                {
                    name = each.GetProperty("name").GetString(),
                    arguments = each.TryGetProperty("arguments", out JsonElement arguments)
                        ? arguments.ValueKind == JsonValueKind.String ? arguments.GetString() : arguments.GetRawText()
                        : "{}",
                },
            }));
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            issues.Error(
                place.Line, place.Column, DatasetIssueCodes.DataType, "A function_call is a string of JSON with 'name' and 'arguments'; this one is not.");
            return null;
        }
    }
}
