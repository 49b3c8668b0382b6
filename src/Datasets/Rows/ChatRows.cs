using System.Globalization;
using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Rows;

/// <summary>OpenAI's chat rows (F24).</summary>
internal static class ChatRows
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool", "function"];

    private static readonly string[] Keys =
        ["role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal"];

    public static ConversationRow? Read(LocatedValue row, IssueList issues)
    {
        List<ConversationMessage>? messages = Messages(row, "messages", issues);
        if (messages is null)
        {
            return null;
        }

        int last = messages.FindLastIndex(message => message.IsTarget);
        LocatedValue list = row.Find("messages")!;
        if (last < 0)
        {
            issues.Error(
                list.Line,
                list.Column,
                DatasetIssueCodes.ExampleMissingAssistantMessage,
                "No assistant message is to be learned here; a row needs at least one, with a weight other than 0.");
            return null;
        }

        if (last < messages.Count - 1 && messages.Skip(last + 1).Any(message => message.Role != "assistant"))
        {
            ConversationMessage after = messages[last + 1];
            issues.Warning(
                after.Line, after.Column, DatasetIssueCodes.TrailingMessages, "Messages after the last learned answer teach nothing.");
        }

        return new ConversationRow(messages, row.Line)
        {
            Tools = RowShape.Tools(row, issues),
            Metadata = RowShape.Metadata(row, "messages", "tools"),
        };
    }

    /// <summary>A list of messages under a key; null where there is no usable list.</summary>
    public static List<ConversationMessage>? Messages(LocatedValue row, string key, IssueList issues)
    {
        LocatedValue? list = row.Find(key);
        if (list is not { Kind: JsonValueKind.Array, Items.Count: > 0 })
        {
            issues.Error(
                list?.Line ?? row.Line,
                list?.Column ?? row.Column,
                DatasetIssueCodes.MissingMessagesList,
                $"'{key}' is {(list is null ? "missing" : list.Kind == JsonValueKind.Array ? "empty" : list.KindText)}; a list of messages is needed.");
            return null;
        }

        var messages = new List<ConversationMessage>(list.Items.Count);
        foreach (LocatedValue item in list.Items)
        {
            if (Message(item, issues) is { } message)
            {
                messages.Add(message);
            }
        }

        return messages.Count == list.Items.Count ? messages : null;
    }

    public static ConversationMessage? Message(LocatedValue item, IssueList issues)
    {
        if (item.Kind != JsonValueKind.Object)
        {
            issues.Error(item.Line, item.Column, DatasetIssueCodes.DataType, $"A message is {item.KindText}; an object with role and content is needed.");
            return null;
        }

        foreach ((string key, LocatedValue value) in item.Properties.Where(pair => !Keys.Contains(pair.Key)))
        {
            issues.Warning(
                value.Line, value.Column, DatasetIssueCodes.MessageUnrecognizedKey, $"The key '{key}' of a message is not known and is left out.");
        }

        if (item.Find("role") is not { Kind: JsonValueKind.String } role)
        {
            issues.Error(item.Line, item.Column, DatasetIssueCodes.MessageMissingKey, "A message has no 'role'.");
            return null;
        }

        if (!Roles.Contains(role.Text))
        {
            issues.Error(
                role.Line,
                role.Column,
                DatasetIssueCodes.UnrecognizedRole,
                $"The role '{role.Text}' is not known; needed is one of {string.Join(", ", Roles)}.");
            return null;
        }

        string? calls = Calls(item, issues);
        if (!item.Has("content") && calls is null)
        {
            issues.Error(item.Line, item.Column, DatasetIssueCodes.MessageMissingKey, $"A message of role '{role.Text}' has no 'content'.");
            return null;
        }

        LocatedValue? content = item.Find("content");
        string? text = Content(content, issues);
        if (text is null)
        {
            return null;
        }

        if (text.Length == 0 && calls is null && role.Text is "assistant" or "user")
        {
            issues.Error(
                content?.Line ?? item.Line,
                content?.Column ?? item.Column,
                DatasetIssueCodes.MissingContent,
                $"The content of a message of role '{role.Text}' is empty.");
            return null;
        }

        return new ConversationMessage(
            role.Text == "function" ? "tool" : role.Text!,
            text,
            Weight(item, role.Text!, issues),
            item.Find("name")?.AsText,
            calls,
            item.Find("tool_call_id")?.AsText)
        {
            Line = (content ?? item).Line,
            Column = (content ?? item).Column,
        };
    }

    /// <summary>Null and a missing content are empty; a list of text parts is joined.</summary>
    private static string? Content(LocatedValue? content, IssueList issues)
    {
        switch (content?.Kind)
        {
            case null:
                return "";
            case JsonValueKind.String:
                return content.Text;
            case JsonValueKind.Array:
                var parts = new List<string>();
                foreach (LocatedValue part in content.Items)
                {
                    if (part.Find("type")?.Text != "text" || part.Find("text")?.Text is not { } text)
                    {
                        issues.Error(
                            part.Line,
                            part.Column,
                            DatasetIssueCodes.UnsupportedContent,
                            $"A content part is '{part.Find("type")?.AsText ?? part.KindText}'; only parts of type 'text' can be learned.");
                        return null;
                    }

                    parts.Add(text);
                }

                return string.Concat(parts);
            default:
                issues.Error(content.Line, content.Column, DatasetIssueCodes.MissingContent, $"The content is {content.KindText}; a string is needed.");
                return null;
        }
    }

    private static string? Calls(LocatedValue item, IssueList issues)
    {
        if (item.Find("tool_calls") is { } calls)
        {
            if (calls.Kind == JsonValueKind.Array)
            {
                return calls.Items.Count > 0 ? calls.Raw : null;
            }

            issues.Error(calls.Line, calls.Column, DatasetIssueCodes.DataType, $"'tool_calls' is {calls.KindText}; a list is needed.");
        }

        return item.Find("function_call") is { Kind: JsonValueKind.Object } call
            ? $$"""[{"type":"function","function":{{call.Raw}}}]"""
            : null;
    }

    private static double? Weight(LocatedValue item, string role, IssueList issues)
    {
        if (item.Find("weight") is not { } weight)
        {
            return null;
        }

        if (role == "assistant" && weight.Kind == JsonValueKind.Number
            && double.TryParse(weight.Raw, CultureInfo.InvariantCulture, out double value) && value is 0 or 1)
        {
            return value;
        }

        issues.Error(
            weight.Line,
            weight.Column,
            DatasetIssueCodes.InvalidWeight,
            role == "assistant" ? $"The weight is {weight.AsText}; needed is 0 or 1." : $"A message of role '{role}' has a weight; only the assistant's may.");
        return null;
    }
}
