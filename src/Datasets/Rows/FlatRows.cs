using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Rows;

/// <summary>Rows whose prompt and answer are plain fields.</summary>
internal static class FlatRows
{
    public static ConversationRow ReadPair(LocatedValue row, IssueList issues, string prompt, string completion)
    {
        var messages = new List<ConversationMessage>();
        AddSystem(row, messages, issues);
        messages.Add(RowReading.Message("user", RowReading.Text(row, prompt, issues), row.Find(prompt)));
        messages.Add(RowReading.Message("assistant", RowReading.Text(row, completion, issues), row.Find(completion)));
        return new ConversationRow(messages, row.Line) { Metadata = RowShape.Metadata(row, prompt, completion, "system") };
    }

    /// <summary>F18, F21, F22: missing fields are empty, history is learned too.</summary>
    public static ConversationRow ReadAlpaca(LocatedValue row, IssueList issues)
    {
        List<ConversationMessage> messages = AlpacaPrompt(row, issues);
        messages.Add(RowReading.Message("assistant", RowReading.Text(row, "output", issues), row.Find("output")));
        return new ConversationRow(messages, row.Line)
        {
            Metadata = RowShape.Metadata(row, "instruction", "input", "output", "system", "history"),
        };
    }

    /// <summary>Everything before the answer.</summary>
    public static List<ConversationMessage> AlpacaPrompt(LocatedValue row, IssueList issues)
    {
        var messages = new List<ConversationMessage>();
        AddSystem(row, messages, issues);
        foreach (LocatedValue turn in History(row, issues))
        {
            if (turn is not { Items: [{ Kind: JsonValueKind.String } asked, { Kind: JsonValueKind.String } answered] })
            {
                issues.Error(
                    turn.Line, turn.Column, DatasetIssueCodes.DataType, "A turn of 'history' is a list of two strings: question and answer.");
                continue;
            }

            messages.Add(RowReading.Message("user", asked.Text!, asked));
            messages.Add(RowReading.Message("assistant", answered.Text!, answered));
        }

        string user = InstructionPrompt.UserMessage(
            RowReading.Text(row, "instruction", issues), RowReading.Text(row, "input", issues));
        messages.Add(RowReading.Message("user", user, row.Find("instruction")));
        return messages;
    }

    /// <summary>DialogSum's rows (F26).</summary>
    public static ConversationRow ReadDialogue(LocatedValue row, IssueList issues)
    {
        string dialogue = RowReading.Text(row, "dialogue", issues);
        string asked = dialogue.Length == 0 ? "" : $"Summarize the following dialogue.\n\n{dialogue}";
        return new ConversationRow(
            [
                RowReading.Message("user", asked, row.Find("dialogue")),
                RowReading.Message("assistant", RowReading.Text(row, "summary", issues), row.Find("summary")),
            ],
            row.Line)
        {
            Metadata = RowShape.Metadata(row, "dialogue", "summary"),
        };
    }

    private static void AddSystem(LocatedValue row, List<ConversationMessage> messages, IssueList issues)
    {
        string system = RowReading.Text(row, "system", issues);
        if (system.Length > 0)
        {
            messages.Add(RowReading.Message("system", system, row.Find("system")));
        }
    }

    private static IReadOnlyList<LocatedValue> History(LocatedValue row, IssueList issues)
    {
        if (row.Find("history") is not { } history)
        {
            return [];
        }

        if (history.Kind != JsonValueKind.Array && history.AsText.Length > 0)
        {
            issues.Error(history.Line, history.Column, DatasetIssueCodes.DataType, $"'history' is {history.KindText}; a list of turns is needed.");
        }

        return history.Items;
    }
}
