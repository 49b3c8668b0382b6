using System.ComponentModel.DataAnnotations;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Evaluation;
using Ratchet.TrainerService.Gate;

namespace Ratchet.TrainerService;

/// <summary>Settings of the trainer, from the section "Trainer". Checked when the service starts.</summary>
public sealed class TrainerOptions
{
    public const string Section = "Trainer";
    public const string ProcessRunner = "process";
    public const string ExternalRunner = "external";

    /// <summary>Workers that train or evaluate at the same time. Each takes all cores it is given, so 1 is usual.</summary>
    [Range(1, 8)]
    public int ParallelJobs { get; set; } = 1;

    /// <summary>A checkpoint for recovery is written at least this often.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CheckpointEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A worker that is silent for so long is ended and its job taken up again.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Starts of a worker without any step done before the job is given up.</summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 3;

    /// <summary>The largest file that /v1/files takes.</summary>
    [Range(1, 512L * 1024 * 1024)]
    public long FileBytesMax { get; set; } = 512L * 1024 * 1024;

    /// <summary>Newest generations that stay loaded for serving beside those that an alias holds.</summary>
    [Range(0, 1000)]
    public int AdaptersKept { get; set; } = 8;

    /// <summary>General questions with answers whose likelihood must survive; default samples/general/probe.jsonl.</summary>
    public string? Probe { get; set; }

    /// <summary>General examples that are mixed into training; default samples/general/replay.jsonl.</summary>
    public string? Replay { get; set; }

    /// <summary>Memory that a job may need, in bytes; default is what the machine has.</summary>
    public long? MemoryBytesMax { get; set; }

    /// <summary>Who trains: "process", a worker of this service, or "external", the command of <see cref="External"/>.</summary>
    [RegularExpression("process|external", ErrorMessage = "Runner must be 'process' or 'external'.")]
    public string Runner { get; set; } = ProcessRunner;

    [Required]
    public ExternalTrainerOptions External { get; set; } = new();

    [Required]
    public GateOptions Gate { get; set; } = new();

    [Required]
    public EvaluationOptions Evaluation { get; set; } = new();

    [Required]
    public CycleOptions Cycles { get; set; } = new();
}
