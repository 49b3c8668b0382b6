namespace Ratchet.Engine.Torch;

/// <summary>TorchSharp in this process, where the build has it.</summary>
public static partial class TorchRuntime
{
    /// <summary>Whether the build was made with TorchSharp (-p:Torch=cpu or cuda).</summary>
    public static bool IsCompiledIn => CompiledIn;

    /// <summary>Loads the native library and opens a device.</summary>
    /// <param name="options">Device, precision, threads.</param>
    /// <param name="needsCuda">Whether a CPU will not do.</param>
    /// <param name="absence">Why null is returned: what was found, what was needed, what to do.</param>
    internal static partial IEngineBackend? Open(BackendOptions options, bool needsCuda, out string absence);
}
