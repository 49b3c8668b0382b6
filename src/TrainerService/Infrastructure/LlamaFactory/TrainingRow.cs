using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ratchet.TrainerService.Infrastructure.LlamaFactory;

/// <summary>One row of numbers of a training: from what the trainer prints, or from its trainer_log.jsonl.</summary>
/// <remarks>
/// Hugging Face's Trainer prints a Python dictionary, <c>{'loss': 1.2, 'grad_norm': 0.5, 'learning_rate': 1e-04, 'epoch': 0.1}</c>,
/// newer ones with the numbers in quotes; it does not say the step. LLaMA-Factory's log has JSON with <c>current_steps</c>,
/// <c>total_steps</c>, <c>loss</c>, <c>lr</c>, <c>epoch</c>, <c>eval_loss</c>; older ones wrote <c>learning_rate</c>.
/// </remarks>
internal sealed partial record TrainingRow
{
    /// <summary>Optimiser steps done; null where the row does not say.</summary>
    public int? Step { get; private init; }

    public double? Loss { get; private init; }

    public double? EvalLoss { get; private init; }

    public double? LearningRate { get; private init; }

    public double? GradientNorm { get; private init; }

    public double? Epoch { get; private init; }

    /// <summary>Reads a printed line; null where it is no such row.</summary>
    public static TrainingRow? ReadPrinted(string line)
    {
        // A progress bar may stand on the same line.
        int start = line.IndexOf('{', StringComparison.Ordinal);
        if (start < 0 || !line.EndsWith('}'))
        {
            return null;
        }

        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (Match match in Entry().Matches(line[start..]))
        {
            if (Number(match.Groups["value"].Value) is { } value)
            {
                values[match.Groups["key"].Value] = value;
            }
        }

        return Make(values);
    }

    /// <summary>Reads a line of trainer_log.jsonl; null where it is none.</summary>
    public static TrainingRow? ReadLogged(string line)
    {
        try
        {
            // Python writes NaN and Infinity bare, which JSON does not have.
            using var document = JsonDocument.Parse(BareWord().Replace(line, "\"$1\""));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var values = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                double? value = property.Value.ValueKind switch
                {
                    JsonValueKind.Number => property.Value.GetDouble(),
                    JsonValueKind.String => Number(property.Value.GetString()!),
                    _ => null,
                };
                if (value is { } number)
                {
                    values[property.Name] = number;
                }
            }

            return Make(values);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TrainingRow? Make(Dictionary<string, double> values)
    {
        var row = new TrainingRow
        {
            Step = values.TryGetValue("current_steps", out double step) && step is >= 0 and < int.MaxValue ? (int)step : null,
            Loss = Find(values, "loss"),
            EvalLoss = Find(values, "eval_loss"),
            LearningRate = Find(values, "learning_rate") ?? Find(values, "lr"),
            GradientNorm = Find(values, "grad_norm"),
            Epoch = Find(values, "epoch"),
        };
        return row.Loss is null && row.EvalLoss is null ? null : row;
    }

    private static double? Find(Dictionary<string, double> values, string name) =>
        values.TryGetValue(name, out double value) ? value : null;

    private static double? Number(string text) => text switch
    {
        "nan" or "NaN" or "-nan" => double.NaN,
        "inf" or "Infinity" => double.PositiveInfinity,
        "-inf" or "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null,
    };

    [GeneratedRegex("""['"](?<key>\w{1,64})['"]\s*:\s*['"]?(?<value>[-+.\w]{1,40})['"]?\s*[,}]""")]
    private static partial Regex Entry();

    [GeneratedRegex("""(?<=:\s*)(-?Infinity|NaN)(?=\s*[,}])""")]
    private static partial Regex BareWord();
}
