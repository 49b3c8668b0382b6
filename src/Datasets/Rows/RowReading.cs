using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Rows;

/// <summary>Reads a row of any shape; a null answer means that the reason has been reported.</summary>
internal static class RowReading
{
    private const string KnownShapes =
        "'messages', 'conversations', 'instruction' and 'output', 'prompt' and 'completion', 'question' and 'answer', or 'dialogue' and 'summary'";

    public static ConversationRow? Read(LocatedValue row, DatasetFormat shape, IssueList issues)
    {
        int errors = issues.ErrorCount;
        ConversationRow? read = shape switch
        {
            DatasetFormat.Chat => ChatRows.Read(row, issues),
            DatasetFormat.Preference => PreferenceRows.Read(row, issues),
            DatasetFormat.ShareGpt => ShareGptRows.Read(row, issues),
            DatasetFormat.Alpaca => FlatRows.ReadAlpaca(row, issues),
            DatasetFormat.PromptCompletion => FlatRows.ReadPair(row, issues, "prompt", "completion"),
            DatasetFormat.QuestionAnswer => FlatRows.ReadPair(row, issues, "question", "answer"),
            DatasetFormat.DialogueSummary => FlatRows.ReadDialogue(row, issues),
            _ => null,
        };
        return issues.ErrorCount == errors ? read : null;
    }

    public static void ReportUnknown(LocatedValue row, IssueList issues)
    {
        string keys = row.Properties.Count == 0 ? "no keys" : string.Join(", ", row.Properties.Keys.Take(8).Select(key => $"'{key}'"));
        issues.Error(
            row.Line, row.Column, DatasetIssueCodes.MissingMessagesList, $"The row has {keys}; needed is {KnownShapes}.");
    }

    public static void ReportNotAnObject(LocatedValue value, IssueList issues) => issues.Error(
        value.Line,
        value.Column,
        DatasetIssueCodes.DataType,
        $"Expected file to have JSONL format, where every line is a JSON dictionary. Line {value.Line} is {value.KindText}.");

    /// <summary>A field as text; missing and null count as empty (F18), numbers and booleans as they are written.</summary>
    public static string Text(LocatedValue row, string key, IssueList issues)
    {
        if (row.Find(key) is not { } value)
        {
            return "";
        }

        if (value.Kind is JsonValueKind.Object or JsonValueKind.Array)
        {
            issues.Error(value.Line, value.Column, DatasetIssueCodes.DataType, $"'{key}' is {value.KindText}; a string is needed.");
            return "";
        }

        return value.AsText;
    }

    public static ConversationMessage Message(string role, string content, LocatedValue? place) =>
        new(role, content) { Line = place?.Line ?? 0, Column = place?.Column ?? 0 };
}
