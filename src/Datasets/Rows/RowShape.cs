using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Rows;

/// <summary>Tells what a row is by its keys.</summary>
internal static class RowShape
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public static DatasetFormat Of(LocatedValue row)
    {
        bool isPair = row.Has("chosen") && row.Has("rejected");
        return row switch
        {
            _ when row.Has("preferred_completion") || row.Has("non_preferred_completion") => DatasetFormat.Preference,
            _ when isPair && (row.Has("conversations") || row.Has("instruction") || row.Has("prompt") || row.Has("question")) =>
                DatasetFormat.Preference,
            _ when row.Has("messages") => DatasetFormat.Chat,
            _ when row.Has("conversations") => DatasetFormat.ShareGpt,
            _ when row.Has("instruction") => DatasetFormat.Alpaca,
            _ when row.Has("prompt") && row.Has("completion") => DatasetFormat.PromptCompletion,
            _ when row.Has("question") && row.Has("answer") => DatasetFormat.QuestionAnswer,
            _ when row.Has("dialogue") && row.Has("summary") => DatasetFormat.DialogueSummary,
            _ => DatasetFormat.Unknown,
        };
    }

    /// <summary>All fields but the named ones.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(LocatedValue row, params ReadOnlySpan<string> used)
    {
        Dictionary<string, string>? metadata = null;
        foreach ((string key, LocatedValue value) in row.Properties)
        {
            if (!used.Contains(key) && value.Kind != JsonValueKind.Null)
            {
                metadata ??= new Dictionary<string, string>(StringComparer.Ordinal);
                metadata[key] = value.AsText;
            }
        }

        return metadata ?? None;
    }

    /// <summary>A list of tools, given as JSON or as a string that holds JSON; null where there is none.</summary>
    public static string? Tools(LocatedValue row, IssueList issues)
    {
        if (row.Find("tools") is not { } tools || tools.AsText.Trim() is "" or "[]")
        {
            return null;
        }

        if (tools.Kind == JsonValueKind.Array)
        {
            return tools.Raw;
        }

        try
        {
            using var parsed = JsonDocument.Parse(tools.AsText);
            if (parsed.RootElement.ValueKind == JsonValueKind.Array)
            {
                return tools.AsText;
            }
        }
        catch (JsonException)
        {
            // Said below, as for any other thing that is no list.
        }

        issues.Error(
            tools.Line, tools.Column, DatasetIssueCodes.DataType, "'tools' is not a list of tool schemas, nor a string that holds one as JSON.");
        return null;
    }
}
