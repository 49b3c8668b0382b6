using System.Runtime.InteropServices;

namespace Ratchet.Compare;

/// <summary>What the measurements ran on, as the system tells it.</summary>
/// <param name="Processor">The processor's own name, or how its family is called where a virtual machine hides it.</param>
/// <param name="Cores">Processors that this process may use.</param>
/// <param name="Features">What the rows depend on.</param>
/// <param name="MemoryGigabytes">Of the machine.</param>
/// <param name="Folder">Under bench/results.</param>
internal sealed record Machine(string Processor, int Cores, IReadOnlyList<string> Features, long MemoryGigabytes, string Folder)
{
    private static readonly string[] Known = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimddp"];

    public bool HasAmx => Features.Contains("amx_int8") && Features.Contains("amx_bf16");

    public static Machine Read()
    {
        string[] lines = File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : [];
        string[] flags = (Field("flags") ?? Field("Features") ?? "").Split(' ');
        string processor = Field("model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string vendor = Field("vendor_id") ?? "";
        int family = int.TryParse(Field("cpu family"), out int f) ? f : 0;
        int model = int.TryParse(Field("model"), out int m) ? m : 0;
        return new Machine(
            processor, Environment.ProcessorCount, [.. Known.Where(flags.Contains)],
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30, FolderOf(vendor, family, model, processor));

        string? Field(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
    }

    public override string ToString() => $"{Processor}, {Cores} cores ({string.Join(", ", Features)}), {MemoryGigabytes} GiB";

    // Generations by family and model, as the kernel's table has them; others by what they call themselves.
    private static string FolderOf(string vendor, int family, int model, string processor) => (vendor, family) switch
    {
        ("AuthenticAMD", 0x1A) => "amd-zen5",
        ("AuthenticAMD", 0x19) when model is (>= 0x10 and <= 0x1F) or (>= 0x60 and <= 0x7F) or (>= 0xA0 and <= 0xAF) => "amd-zen4",
        ("AuthenticAMD", 0x19) => "amd-zen3",
        ("AuthenticAMD", 0x17) => "amd-zen2",
        ("GenuineIntel", 6) when model == 0x6A => "intel-icelake",
        ("GenuineIntel", 6) when model == 0x8F => "intel-sapphirerapids",
        ("GenuineIntel", 6) when model == 0xCF => "intel-emeraldrapids",
        ("GenuineIntel", 6) when model == 0xAD => "intel-graniterapids",
        _ => string.Join('-', processor.ToLowerInvariant().Split([' ', '(', ')', '@', ',', '/'], StringSplitOptions.RemoveEmptyEntries).Take(4)),
    };
}
