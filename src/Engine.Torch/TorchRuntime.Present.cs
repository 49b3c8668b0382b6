using Ratchet.Engine.Kernels;
using Ratchet.Engine.Torch.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch;

public static partial class TorchRuntime
{
    private const bool CompiledIn = true;

    internal static partial IEngineBackend? Open(BackendOptions options, bool needsCuda, out string absence)
    {
        int index = options.Device.StartsWith("cuda:", StringComparison.Ordinal)
            ? int.Parse(options.Device.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
        bool wantsCpu = options.Device == "cpu";
        if (needsCuda && wantsCpu)
        {
            absence = "Engine:Device is cpu, where the managed engine is the usual one; Engine:Backend=torch asks for torch there too.";
            return null;
        }

        try
        {
            // The first use loads the native library, and with it everything that can be missing.
            set_num_threads(options.Threads > 0 ? options.Threads : RowLoop.ThreadCount);
            if (!wantsCpu && cuda.is_available())
            {
                int count = cuda.device_count();
                if (index >= count)
                {
                    absence = FormattableString.Invariant($"Engine:Device is {options.Device}, and this machine has {count} CUDA devices, counted from 0.");
                    return null;
                }

                absence = string.Empty;
                return new TorchEngineBackend(
                    new TorchDevice(DeviceType.CUDA, index, Type(options, ScalarType.BFloat16)), options.Weights == "blocks",
                    FormattableString.Invariant($"Torch {__version__} on cuda:{index}."));
            }

            if (needsCuda || (!wantsCpu && options.Device != BackendOptions.Auto))
            {
                absence = "no CUDA device answers. Look at nvidia-smi and the driver, and build with -p:Torch=cuda; Engine:Backend=torch with Engine:Device=cpu runs torch on the CPU.";
                return null;
            }

            absence = string.Empty;
            return new TorchEngineBackend(
                new TorchDevice(DeviceType.CPU, -1, Type(options, ScalarType.Float32)), options.Weights == "blocks", $"Torch {__version__} on the CPU.");
        }
        catch (Exception fault) when (fault is TypeInitializationException or DllNotFoundException or NotSupportedException or InvalidOperationException)
        {
            absence = $"its native library cannot be loaded: {Cause(fault)} Build with -p:Torch=cpu or cuda for this system; "
                + "libtorch 2.10 needs a C++ library as new as GCC 13's (Debian 13, Ubuntu 24.04).";
            return null;
        }
    }

    private static ScalarType Type(BackendOptions options, ScalarType usual) => options.Precision switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        _ => usual,
    };

    // TorchSharp appends a long trace of where it looked.
    private static string Cause(Exception fault)
    {
        string text = fault.GetBaseException().Message;
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).TrimEnd('.', '\r') + ".";
    }
}
