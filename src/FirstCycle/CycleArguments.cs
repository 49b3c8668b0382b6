using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ratchet.FirstCycle;

/// <summary>What a person may say at start.</summary>
/// <param name="Seed">Of the training and of the order of examples.</param>
/// <param name="Model">Another GGUF file, or a name in models/.</param>
/// <param name="DataFolder">Kept afterwards; null for a temporary one.</param>
/// <param name="Settings">Settings of the host, passed on as they are.</param>
internal sealed record CycleArguments(int Seed, string? Model, string? DataFolder, IReadOnlyList<string> Settings)
{
    private const int SeedDefault = 1;

    public static bool TryParse(
        string[] args, [NotNullWhen(true)] out CycleArguments? arguments, [NotNullWhen(false)] out string? fault)
    {
        arguments = null;
        int seed = SeedDefault;
        string? model = null, data = null;
        var settings = new List<string>();
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out seed) && seed >= 0:
                    i++;
                    break;
                case "--seed":
                    fault = $"--seed is '{value}'; a whole number from 0 on is needed.";
                    return false;
                case "--model" when value is not null:
                    model = value;
                    i++;
                    break;
                case "--data" when value is not null:
                    data = Path.GetFullPath(value);
                    i++;
                    break;
                case string setting when setting.StartsWith("--", StringComparison.Ordinal) && setting.Contains('='):
                    settings.Add(setting);
                    break;
                default:
                    fault = $"'{args[i]}' is nothing that first-cycle knows; it takes --seed N, --model PATH and --data PATH.";
                    return false;
            }
        }

        fault = null;
        arguments = new CycleArguments(seed, model, data, settings);
        return true;
    }
}
