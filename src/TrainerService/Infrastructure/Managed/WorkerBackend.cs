using System.Globalization;
using Ratchet.Engine.Torch;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>The section "Engine", on its way from the service to its worker processes: as environment variables.</summary>
internal static class WorkerBackend
{
    /// <summary>What computes in this worker.</summary>
    public static IEngineBackend Choose() => EngineBackends.Choose(
        new ConfigurationBuilder().AddEnvironmentVariables().Build().GetSection(BackendOptions.Section).Get<BackendOptions>() ?? new BackendOptions());

    /// <summary>Hands the service's settings to a worker that it starts.</summary>
    public static void Pass(BackendOptions options, IDictionary<string, string?> environment)
    {
        Set(nameof(options.Backend), options.Backend);
        Set(nameof(options.Device), options.Device);
        Set(nameof(options.Precision), options.Precision);
        Set(nameof(options.Weights), options.Weights);
        Set(nameof(options.Threads), options.Threads.ToString(CultureInfo.InvariantCulture));

        void Set(string name, string value) => environment[$"{BackendOptions.Section}__{name}"] = value;
    }
}
