using System.ComponentModel.DataAnnotations;

namespace Ratchet.TrainerService.Gate;

/// <summary>The limits of the gate, from "Trainer:Gate".</summary>
public sealed class GateOptions
{
    /// <summary>Fewer questions than this decide nothing.</summary>
    [Range(2, 1_000_000)]
    public int ExamplesMin { get; set; } = 100;

    [Range(0.5, 0.999)]
    public double Confidence { get; set; } = 0.95;

    [Range(100, 1_000_000)]
    public int Rounds { get; set; } = 10_000;

    /// <summary>The upper bound of the NLL difference must lie below this to promote; the lower bound above it rejects.</summary>
    [Range(-10.0, 10.0)]
    public double NllDifferenceMax { get; set; }

    /// <summary>The lower bound of the token-F1 difference must lie above this to promote.</summary>
    [Range(-1.0, 1.0)]
    public double TokenF1DifferenceMin { get; set; } = -0.02;

    /// <summary>What general ability may lose, in nats per token: upper bound to promote, lower bound to reject.</summary>
    [Range(0.0, 10.0)]
    public double ProbeChangeMax { get; set; } = 0.08;
}
