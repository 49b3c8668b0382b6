namespace Ratchet.Engine.Torch;

/// <summary>What computes, from the section "Engine".</summary>
public sealed record BackendOptions
{
    public const string Section = "Engine";

    public const string Auto = "auto";
    public const string Managed = "managed";
    public const string Torch = "torch";

    /// <summary>auto (a CUDA device if the build has TorchSharp and one answers, else managed), managed, or torch.</summary>
    public string Backend { get; init; } = Auto;

    /// <summary>For torch: auto (CUDA if a device answers, else the CPU), cpu, cuda, or cuda:N.</summary>
    public string Device { get; init; } = Auto;

    /// <summary>
    /// Numbers of products: auto, float32 or bfloat16. Auto is bfloat16 where the hardware multiplies it faster: torch on CUDA, and the
    /// managed engine's training on AMX or AVX512_BF16.
    /// </summary>
    public string Precision { get; init; } = Auto;

    /// <summary>
    /// For torch: dense (dequantised once, on the device) or blocks (kept as stored and dequantised for each product: a quarter of the memory, slower).
    /// </summary>
    public string Weights { get; init; } = "dense";

    /// <summary>Threads of torch on the CPU; 0 for as many as the managed engine uses.</summary>
    public int Threads { get; init; }

    /// <summary>Returns these options, or throws naming every value that is not known.</summary>
    /// <exception cref="InvalidOperationException">At least one value is not known.</exception>
    public BackendOptions Validated()
    {
        var faults = new List<string>();
        Check(Backend is Auto or Managed or Torch, nameof(Backend), Backend, "auto, managed or torch");
        Check(IsDevice(Device), nameof(Device), Device, "auto, cpu, cuda or cuda:N");
        Check(Precision is Auto or "float32" or "bfloat16", nameof(Precision), Precision, "auto, float32 or bfloat16");
        Check(Weights is "dense" or "blocks", nameof(Weights), Weights, "dense or blocks");
        Check(Threads is >= 0 and <= 1024, nameof(Threads), FormattableString.Invariant($"{Threads}"), "a number from 0 to 1,024");
        return faults.Count == 0 ? this : throw new InvalidOperationException(string.Join(" ", faults));

        void Check(bool holds, string name, string value, string needed)
        {
            if (!holds)
            {
                faults.Add($"{Section}:{name} is '{value}'; it must be {needed}.");
            }
        }
    }

    private static bool IsDevice(string device)
        => device is Auto or "cpu" or "cuda"
        || (device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(5), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _));
}
