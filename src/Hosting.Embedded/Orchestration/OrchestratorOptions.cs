using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>How the host treats its processes.</summary>
internal sealed record OrchestratorOptions
{
    /// <summary>Same key as upstream's, where tests set it too.</summary>
    public const string RandomizePortsKey = "DcpPublisher:RandomizePorts";

    public bool RandomizePorts { get; init; }

    /// <summary>Nothing else would start a crashed service again: upstream leaves that to the orchestrator it deploys to.</summary>
    public bool RestartOnCrash { get; init; } = true;

    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RestartDelayMin { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan RestartDelayMax { get; init; } = TimeSpan.FromSeconds(60);

    public bool EnableResourceLogging { get; init; }

    public static OrchestratorOptions From(IConfiguration configuration, bool enableResourceLogging) => new()
    {
        RandomizePorts = configuration.GetValue<bool>(RandomizePortsKey),
        RestartOnCrash = configuration.GetValue("EmbeddedHost:RestartOnCrash", true),
        StopGrace = TimeSpan.FromSeconds(Math.Max(0, configuration.GetValue("EmbeddedHost:StopGraceSeconds", 10.0))),
        EnableResourceLogging = enableResourceLogging,
    };
}
