using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Devices;

/// <summary>Where tensors live and in which numbers products are computed.</summary>
internal sealed class TorchDevice(DeviceType type, int index, ScalarType weightType)
{
    /// <summary>torch's own.</summary>
    public Device Handle { get; } = new(type, index);

    /// <summary>Numbers of weights and of products with them: Float32 or BFloat16. Adapters, norms and sums are always Float32.</summary>
    public ScalarType WeightType => weightType;

    /// <summary>"cuda:0", "cpu".</summary>
    public string Name => type == DeviceType.CUDA ? FormattableString.Invariant($"cuda:{Math.Max(0, index)}") : "cpu";

    /// <summary>Does work in a dispose scope of its own; what is too large for the device is told in words that help.</summary>
    /// <param name="work">For the message: "The pass over 512 tokens".</param>
    /// <param name="remedy">For the message: what would need less.</param>
    /// <param name="body">Tensors made inside end with it, unless they are detached from the scope.</param>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public T Run<T>(string work, string remedy, Func<T> body)
    {
        try
        {
            using DisposeScope scope = NewDisposeScope();
            return body();
        }
        catch (ExternalException fault) when (IsMemory(fault))
        {
            throw new DeviceMemoryException(Name, work, remedy, fault);
        }
    }

    /// <summary>As the other one, without a result.</summary>
    public void Run(string work, string remedy, Action body) => Run(work, remedy, () =>
    {
        body();
        return true;
    });

    // libtorch has no error codes: these are its own words, for CUDA, and for the allocator of the CPU.
    private static bool IsMemory(ExternalException fault)
        => fault.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || fault.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
}
