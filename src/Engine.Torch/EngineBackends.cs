using System.Diagnostics.CodeAnalysis;
namespace Ratchet.Engine.Torch;

/// <summary>Chooses what computes.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The backend goes to the caller.")]
public static class EngineBackends
{
    /// <summary>
    /// What the options ask for where it is there, else the managed engine, with the reason in <see cref="IEngineBackend.Reason"/>.
    /// </summary>
    /// <param name="options">From the section "Engine".</param>
    /// <exception cref="InvalidOperationException">An option has a value that is not known.</exception>
    public static IEngineBackend Choose(BackendOptions options)
    {
        options.Validated();
        if (options.Backend == BackendOptions.Managed)
        {
            return new ManagedEngineBackend("The managed engine on the CPU, as Engine:Backend asks.", options.Precision);
        }

        bool isAsked = options.Backend == BackendOptions.Torch;
        if (TorchRuntime.Open(options, needsCuda: !isAsked, out string absence) is { } torch)
        {
            return torch;
        }

        // Who has asked for nothing need not be told what could be had.
        string why = isAsked ? $", in place of torch: {absence}" : TorchRuntime.IsCompiledIn ? $": {absence}" : ".";
        return new ManagedEngineBackend($"The managed engine on the CPU{why}", options.Precision);
    }
}
