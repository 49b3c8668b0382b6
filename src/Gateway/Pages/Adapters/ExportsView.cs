using System.Globalization;
using Ratchet.Contracts.Trainer;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Adapters;

/// <summary>An adapter's exports, and the form that asks for another as it was filled in.</summary>
/// <param name="Fields">What was typed, kept when it was refused.</param>
/// <param name="Error">Why it was refused.</param>
public sealed record ExportsView(
    AdapterRecord Adapter, IReadOnlyList<AdapterExport> Exports, ExportRequest Fields, ErrorView? Error = null)
{
    /// <summary>How weights may be stored; a form that cannot take one says so.</summary>
    public static readonly IReadOnlyList<string> Types = ["F32", "BF16", "F16", "Q8_0", "Q4_K", "Q4_0"];

    // Below this share of positions the first difference comes within a sentence or two.
    private const double NearMin = 0.95;

    private const double Kilobyte = 1024;

    public static IReadOnlyList<(string Name, Phrase Label)> Formats { get; } =
    [
        ("ollama", ExportStrings.Ollama),
        ("peft", ExportStrings.Peft),
        ("gguf_adapter", ExportStrings.GgufAdapter),
        ("gguf", ExportStrings.Gguf),
        ("safetensors", ExportStrings.Safetensors),
    ];

    public bool IsRunning => Exports.Any(export => export.Status == "running");

    public static Phrase? Label(string format) => Formats.FirstOrDefault(one => one.Name == format).Label;

    public static Phrase Judgement(ExportParityView parity) =>
        parity.SameBest >= 1 ? ExportStrings.ParitySame : parity.SameBest >= NearMin ? ExportStrings.ParityNear : ExportStrings.ParityFar;

    public static (string Class, string Sign) Mark(ExportParityView parity) =>
        parity.SameBest >= 1 ? ("good", "✓") : parity.SameBest >= NearMin ? ("warn", "≈") : ("bad", "≠");

    /// <summary>The path under which a file is sent; the same for programs.</summary>
    public string FileAddress(AdapterExport export, AdapterFile file) =>
        $"/v1/adapters/{Uri.EscapeDataString(Adapter.Id)}/exports/{export.Id}/files/{Uri.EscapeDataString(file.Name)}";

    public static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        int unit = 0;
        while (value >= Kilobyte && unit < units.Length - 1)
        {
            value /= Kilobyte;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value : Math.Round(value, 1)):0.#} {units[unit]}");
    }

    public static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    public static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture);
}
