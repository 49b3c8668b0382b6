using System.Diagnostics.CodeAnalysis;

namespace Ratchet.Engine.Torch;

public static partial class TorchRuntime
{
    private const bool CompiledIn = false;

    [SuppressMessage("Style", "IDE0060", Justification = "The other half of the build reads them.")]
    internal static partial IEngineBackend? Open(BackendOptions options, bool needsCuda, out string absence)
    {
        absence = "this build has no TorchSharp; build with -p:Torch=cuda (or cpu) to have it.";
        return null;
    }
}
