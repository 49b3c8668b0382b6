using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Rows;

/// <summary>Rows with a better and a worse answer: OpenAI's, ShareGPT's and Alpaca's.</summary>
internal static class PreferenceRows
{
    public static ConversationRow? Read(LocatedValue row, IssueList issues)
    {
        List<ConversationMessage>? prompt;
        ConversationMessage? preferred;
        ConversationMessage? other;
        if (row.Has("preferred_completion") || row.Has("non_preferred_completion"))
        {
            if (row.Find("input") is not { Kind: JsonValueKind.Object } input)
            {
                issues.Error(row.Line, row.Column, DatasetIssueCodes.MissingMessagesList, "'input' with a list of 'messages' is needed.");
                return null;
            }

            prompt = ChatRows.Messages(input, "messages", issues);
            preferred = Completion(row, "preferred_completion", issues);
            other = Completion(row, "non_preferred_completion", issues);
        }
        else
        {
            prompt = row.Has("conversations") ? ShareGptRows.Messages(row, issues)
                : row.Has("instruction") ? FlatRows.AlpacaPrompt(row, issues)
                : [Asked(row, issues)];
            preferred = Answer(row, "chosen", issues);
            other = Answer(row, "rejected", issues);
        }

        if (prompt is null || preferred is null || other is null)
        {
            return null;
        }

        return new ConversationRow(prompt, row.Line)
        {
            Preferred = preferred,
            NonPreferred = other,
            Tools = RowShape.Tools(row.Find("input") is { Kind: JsonValueKind.Object } nested ? nested : row, issues),
            Metadata = RowShape.Metadata(
                row,
                "input", "preferred_completion", "non_preferred_completion", "conversations", "instruction", "prompt", "question",
                "chosen", "rejected", "system", "history", "tools"),
        };
    }

    private static ConversationMessage Asked(LocatedValue row, IssueList issues)
    {
        string key = row.Has("prompt") ? "prompt" : "question";
        return RowReading.Message("user", RowReading.Text(row, key, issues), row.Find(key));
    }

    private static ConversationMessage? Completion(LocatedValue row, string key, IssueList issues)
    {
        List<ConversationMessage>? messages = ChatRows.Messages(row, key, issues);
        if (messages is null or [{ Role: "assistant" }])
        {
            return messages?[0];
        }

        LocatedValue place = row.Find(key)!;
        issues.Error(
            place.Line, place.Column, DatasetIssueCodes.ExampleMissingAssistantMessage, $"'{key}' needs exactly one assistant message.");
        return null;
    }

    private static ConversationMessage? Answer(LocatedValue row, string key, IssueList issues)
    {
        LocatedValue? value = row.Find(key);
        switch (value?.Kind)
        {
            case JsonValueKind.String:
                return RowReading.Message("assistant", value.Text!, value);
            case JsonValueKind.Object:
                return ShareGptRows.Turn(value, issues);
            default:
                issues.Error(
                    (value ?? row).Line, (value ?? row).Column, DatasetIssueCodes.MissingContent, $"'{key}' needs an answer: a string, or a turn.");
                return null;
        }
    }
}
