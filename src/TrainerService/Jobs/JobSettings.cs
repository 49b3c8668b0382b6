using System.Text.Json.Serialization;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Everything a training run depends on, nothing left to choose. Written into the job's folder.</summary>
public sealed record JobSettings
{
    /// <summary>lora, qlora, full or freeze.</summary>
    public string Tuning { get; init; } = TuningMethods.Lora;

    /// <summary>Blocks from the end that learn; null but for freeze.</summary>
    public int? TrainableLayers { get; init; }

    /// <summary>Whether the base's own weights learn, so that what comes out is a model and no adapter.</summary>
    [JsonIgnore]
    public bool MakesModel => TuningMethods.MakesModel(Tuning);

    /// <summary>supervised or dpo.</summary>
    public string Objective { get; init; } = TrainingObjectives.Supervised;

    /// <summary>DPO's β; null where the job learns from answers.</summary>
    public double? Beta { get; init; }

    /// <summary>none, nf4 or fp4: what the base's linear weights become for training.</summary>
    public string Quantization { get; init; } = TuningMethods.AsStored;

    /// <summary>Whether the scales of nf4 and fp4 are quantised too.</summary>
    public bool DoubleQuantization { get; init; }

    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    public required double Dropout { get; init; }

    public required IReadOnlyList<string> TargetModules { get; init; }

    public bool RankStabilized { get; init; }

    /// <summary>Learns the length of each weight row beside its direction (DoRA).</summary>
    public bool WeightDecomposed { get; init; }

    /// <summary>1: B learns as fast as A.</summary>
    public double LoraPlusRatio { get; init; } = 1;

    /// <summary>Begins with the principal part of the weights (PiSSA); what is published is a plain adapter of twice the rank.</summary>
    public bool PrincipalStart { get; init; }

    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Empty: all.</summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    public double LabelSmoothing { get; init; }

    /// <summary>Falls of cosine_with_restarts.</summary>
    public int Restarts { get; init; } = 1;

    public required double LearningRate { get; init; }

    public required string Schedule { get; init; }

    /// <summary>Steps of warmup; null where <see cref="WarmupRatio"/> says it.</summary>
    public int? WarmupSteps { get; init; }

    public double WarmupRatio { get; init; }

    /// <summary>Samples of one optimiser step, all passes together.</summary>
    public required int SamplesPerStep { get; init; }

    public required double Epochs { get; init; }

    /// <summary>Wins over <see cref="Epochs"/>.</summary>
    public int? StepsMax { get; init; }

    /// <summary>Tokens after which no further step begins.</summary>
    public int? TokensMax { get; init; }

    public required int LengthMax { get; init; }

    public bool Packing { get; init; } = true;

    /// <summary>Computes once what examples of a step begin with. Off without packing, with dropout and for pairs.</summary>
    public bool PrefixSharing { get; init; } = true;

    /// <summary>completion, last or all.</summary>
    public string LossOn { get; init; } = "completion";

    public double WeightDecay { get; init; }

    public double GradientClip { get; init; } = 1;

    public required int Seed { get; init; }

    /// <summary>Null: at the end of each epoch.</summary>
    public int? SaveEverySteps { get; init; }

    /// <summary>Null: at the end of each epoch, where there is a validation file.</summary>
    public int? EvalEverySteps { get; init; }

    public int LogEverySteps { get; init; } = 1;

    public int KeepCheckpoints { get; init; } = 3;

    /// <summary>Publishes the step with the lowest validation loss.</summary>
    public bool LoadBest { get; init; }

    /// <summary>Null: the run goes to its last step.</summary>
    public int? EarlyStoppingPatience { get; init; }

    public double EarlyStoppingMinDelta { get; init; }

    public double ReplayShare { get; init; }
}
