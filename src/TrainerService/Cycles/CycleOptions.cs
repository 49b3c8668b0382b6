using System.ComponentModel.DataAnnotations;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Cycles;

/// <summary>When cycles start and how they train, from "Trainer:Cycles".</summary>
public sealed class CycleOptions
{
    /// <summary>Collections that start by themselves; by hand any collection can.</summary>
    public IList<string> Collections { get; } = [];

    /// <summary>A cron expression as Quartz reads it, in UTC, for example "0 0 3 * * ?"; empty for none.</summary>
    public string? Cron { get; set; }

    /// <summary>Approved examples in no batch that start a cycle; null for none.</summary>
    [Range(1, 10_000_000)]
    public int? ExamplesMin { get; set; }

    /// <summary>Tokens of those examples that start a cycle; null for none.</summary>
    [Range(1, 2_000_000_000)]
    public int? TokensMin { get; set; }

    /// <summary>Age of the oldest of those examples that starts a cycle; null for none.</summary>
    public TimeSpan? AgeMin { get; set; }

    /// <summary>How often the thresholds and the clock are looked at.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The alias that a promoted candidate gets.</summary>
    [Required]
    public string Alias { get; set; } = "latest";

    /// <summary>Seal all approved examples anew, or those in no earlier batch: "new" or "all".</summary>
    [RegularExpression("new|all")]
    public string Include { get; set; } = "new";

    /// <summary>Share of examples shown with distractors only, whose answer is that it is not known.</summary>
    [Range(0.0, 0.5)]
    public double DistractorShare { get; set; } = 0.08;

    /// <summary>Share of examples shown without passages.</summary>
    [Range(0.0, 1.0)]
    public double PlainShare { get; set; } = 0.2;

    /// <summary>Share of general and earlier examples among all.</summary>
    [Range(0.0, 0.9)]
    public double ReplayShare { get; set; } = 0.15;

    /// <summary>Of what is replayed, the share that comes from earlier batches.</summary>
    [Range(0.0, 1.0)]
    public double EarlierShare { get; set; } = 0.5;

    /// <summary>Settings of the training where the request leaves them open.</summary>
    public TrainingSettings Training { get; set; } = new();
}
