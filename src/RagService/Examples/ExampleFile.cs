using System.Globalization;
using Ratchet.Contracts.Rag;
using Ratchet.Datasets;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Examples;

/// <summary>Reads examples from a file of any format of training data; fields beside question and answer are kept.</summary>
/// <remarks>
/// A row may carry collection, document_key, split, state, group and counted; the form's fields of these names stand for rows
/// without them. Of a conversation the last answer and the question before it are taken.
/// </remarks>
internal static class ExampleFile
{
    private const int WarningsShown = 100;

    public static async Task<ExamplesPosted> ReadAsync(HttpContext context, RagOptions options, string? reviewer)
    {
        IFormCollection form = await Bodies.ReadFormAsync(context, options.DocumentBytesMax);
        if (form.Files.Count != 1)
        {
            throw ApiException.BadField(
                "file", $"The form holds {form.Files.Count} files; one part named 'file' with the examples is needed.");
        }

        IFormFile file = form.Files[0];
        await using Stream content = file.OpenReadStream();
        DatasetReadResult read = DatasetReader.Read(
            content,
            file.FileName,
            new DatasetLimits(
                BytesMax: options.DocumentBytesMax, RowsMax: options.ExamplesPerRequestMax, RowsMin: 1)
            {
                RowsAdvised = 0,
            });
        if (!read.Report.Usable)
        {
            throw Unusable(Path.GetFileName(file.FileName), read.Report);
        }

        var warnings = new List<string>(read.Report.Warnings.Take(WarningsShown).Select(
            issue => $"line {issue.Line}: {issue.Message}"));
        var inputs = new List<ExampleInput>(read.Rows.Count);
        foreach (ConversationRow row in read.Rows.Where(row => row.DuplicateOfLine is null))
        {
            inputs.Add(Input(row, form));
            if (row.Messages.Count(message => message.Role == "user") > 1 && warnings.Count < WarningsShown)
            {
                warnings.Add($"line {row.Line}: Of several turns the last question and answer were taken.");
            }
        }

        return new ExamplesPosted(
            ExampleChecks.Read(inputs, ExampleSources.Import, reviewer, options), warnings.Count == 0 ? null : warnings);
    }

    private static ExampleInput Input(ConversationRow row, IFormCollection form)
    {
        return new ExampleInput(
            row.Question,
            row.Answer,
            Field("collection"),
            Field("document_key"),
            Field("split"),
            Field("state"),
            Group: Field("group"),
            Counted: Field("counted") is { } counted ? !counted.Equals("false", StringComparison.OrdinalIgnoreCase) : null);

        string? Field(string name) =>
            row.Metadata.GetValueOrDefault(name) is { Length: > 0 } own ? own
            : form[name] is [{ Length: > 0 } all] ? all
            : null;
    }

    private static ApiException Unusable(string name, DatasetReport report)
    {
        DatasetIssue first = report.Errors[0];
        string place = string.Create(CultureInfo.InvariantCulture, $"line {first.Line}, column {first.Column}");
        return new ApiException(
            400,
            "invalid_examples_file",
            $"{name} has {report.ErrorCount} errors, so nothing of it was taken. The first: {place}: {first.Message}",
            "file")
        {
            Details = new { report.Errors, Report = report },
        };
    }
}
