using System.Text;
using System.Text.Json;

namespace Ratchet.TrainerService.Jobs;

/// <summary>The result file of a job: OpenAI's columns, then ours.</summary>
public static class ResultTable
{
    private static readonly string[] Columns =
    [
        "step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy", "learning_rate", "gradient_norm",
        "tokens",
    ];

    /// <param name="newestFirst">The job's events.</param>
    public static string Write(IReadOnlyList<JobEvent> newestFirst)
    {
        var text = new StringBuilder(string.Join(',', Columns)).Append('\n');
        foreach (JobEvent item in newestFirst.Reverse())
        {
            if (item.Type != "metrics" || item.Data is not { } data)
            {
                continue;
            }

            text.AppendJoin(',', Columns.Select(column => data.TryGetProperty(column, out JsonElement value)
                && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "")).Append('\n');
        }

        return text.ToString();
    }
}
