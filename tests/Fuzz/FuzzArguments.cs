using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ratchet.Fuzz;

/// <summary>What the command line asks for.</summary>
internal sealed record FuzzArguments
{
    private const string Usage = "Usage: fuzz [--seconds 60] [--seed 1] [--least number] [--reader name] [--input number] [--out folder] [--threads n].";

    public double Seconds { get; init; } = 60;

    /// <summary>Inputs without which the run goes on, on a busy machine up to four times as long.</summary>
    public long Least { get; init; }

    /// <summary>The same seed gives the same inputs of a reader, number by number.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Null: all.</summary>
    public string? Reader { get; init; }

    /// <summary>Only this one of the reader's inputs.</summary>
    public long? Input { get; init; }

    /// <summary>Where failing inputs are kept.</summary>
    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "ratchet-fuzz");

    public int Threads { get; init; } = Environment.ProcessorCount;

    public static bool TryRead(string[] words, [NotNullWhen(true)] out FuzzArguments? arguments, out string problem)
    {
        arguments = null;
        var read = new FuzzArguments();
        for (int i = 0; i < words.Length; i += 2)
        {
            string value = i + 1 < words.Length ? words[i + 1] : string.Empty;
            FuzzArguments? next = words[i] switch
            {
                "--seconds" when Number(value, 0.1, 1e7) is { } seconds => read with { Seconds = seconds },
                "--seed" when Number(value, int.MinValue, int.MaxValue) is { } seed => read with { Seed = (int)seed },
                "--least" when Number(value, 0, 1e15) is { } least => read with { Least = (long)least },
                "--reader" when value.Length > 0 => read with { Reader = value },
                "--input" when Number(value, 0, 1e15) is { } input => read with { Input = (long)input },
                "--out" when value.Length > 0 => read with { Folder = value },
                "--threads" when Number(value, 1, 256) is { } threads => read with { Threads = (int)threads },
                _ => null,
            };
            if (next is null)
            {
                problem = $"'{words[i]} {value}' is not understood. {Usage}";
                return false;
            }

            read = next;
        }

        problem = read.Input is not null && read.Reader is null ? $"--input needs --reader. {Usage}" : string.Empty;
        arguments = problem.Length == 0 ? read : null;
        return arguments is not null;
    }

    private static double? Number(string text, double least, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most ? number : null;
}
