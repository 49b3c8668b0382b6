using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Fills in what a request left to the service, and says why (F17).</summary>
public static class AutoSettings
{
    /// <summary>What <c>learning_rate_multiplier</c> multiplies.</summary>
    public const double LearningRate = 2e-4;

    // Pairs pull a whole answer at once, and whole weights have no zero to begin from; published runs of both take 5e-6 to 5e-5.
    private const double SmallerShare = 0.1;

    /// <summary>Chooses from the request and the number of training examples.</summary>
    /// <param name="jobId">Where no seed is asked for, it follows from this: a job keeps its seed over restarts.</param>
    /// <param name="weightType">How the base's weights are stored; null where that is not known.</param>
    public static (JobSettings Settings, IReadOnlyList<string> Choices) Choose(
        JobRequest request, int exampleCount, int contextLength, string jobId, string? weightType = null)
    {
        var choices = new List<string>();
        TrainingSettings extras = request.Extras;
        string quantization = Quantization(extras, weightType, choices);
        bool makesModel = TuningMethods.MakesModel(extras.Tuning);
        bool isPreference = extras.Objective == TrainingObjectives.Preference;
        if (isPreference && extras.Beta is null)
        {
            choices.Add(string.Create(CultureInfo.InvariantCulture, $"beta {TrainingObjectives.UsualBeta}: the usual hold on the base; less lets the model go further."));
        }

        int samples;
        if (extras.BatchSize is { } batch)
        {
            samples = batch * (extras.GradientAccumulation ?? 1);
        }
        else if (request.BatchSize is { } size)
        {
            samples = size * (extras.GradientAccumulation ?? 1);
        }
        else
        {
            samples = exampleCount switch { < 64 => 4, < 2000 => 8, < 20000 => 16, _ => 32 };
            choices.Add($"batch_size {samples}: {exampleCount} examples give {Steps(exampleCount, samples)} steps an epoch.");
        }

        double epochs;
        if (extras.MaxSteps is null && extras.Epochs is null && request.EpochCount is null)
        {
            epochs = exampleCount switch { < 300 => 3, < 3000 => 2, _ => 1 };
            choices.Add($"n_epochs {epochs}: with {exampleCount} examples, more repeats would be learnt by heart.");
        }
        else
        {
            epochs = extras.Epochs ?? request.EpochCount ?? 1;
        }

        int rank = extras.Rank ?? 8;
        if (extras.Rank is null && !makesModel)
        {
            choices.Add("rank 8: enough for style and a few hundred facts; 16 or 32 where the loss stays flat and high.");
        }

        double learningRate = extras.LearningRate ?? (LearningRate * (request.LearningRateMultiplier ?? 0));
        if (learningRate == 0)
        {
            double steps = extras.MaxSteps ?? (Steps(exampleCount, samples) * epochs);
            double multiplier = steps switch { < 100 => 5, < 400 => 2, _ => 1 } * (isPreference || makesModel ? SmallerShare : 1);
            learningRate = LearningRate * multiplier;
            choices.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"learning_rate_multiplier {multiplier} (learning rate {learningRate:0.0e+0}): about {steps:0} steps; fewer steps have to be larger{(isPreference ? ", and pairs need a tenth of what answers do" : makesModel ? ", and whole weights a tenth of what an adapter does" : "")}."));
        }

        int length = Math.Min(extras.MaxLength ?? 1024, contextLength);
        if (extras.MaxLength is null)
        {
            choices.Add($"max_length {length}: longer samples lose what comes before their answer, and are reported.");
        }

        if (extras.LoadBest is null && request.ValidationFile is not null)
        {
            choices.Add("load_best true: there is a validation file, so the step with its lowest loss is published.");
        }

        var settings = new JobSettings
        {
            Tuning = quantization == TuningMethods.AsStored ? extras.Tuning ?? TuningMethods.Lora : TuningMethods.QuantizedLora,
            Quantization = quantization,
            TrainableLayers = extras.Tuning == TuningMethods.Freeze ? extras.TrainableLayers ?? TuningMethods.UsualLayers : null,
            Objective = extras.Objective ?? TrainingObjectives.Supervised,
            Beta = isPreference ? extras.Beta ?? TrainingObjectives.UsualBeta : null,
            DoubleQuantization = quantization != TuningMethods.AsStored && (extras.DoubleQuantization ?? true),
            Rank = rank,
            Alpha = extras.Alpha ?? (2 * rank),
            Dropout = extras.Dropout ?? 0,
            TargetModules = extras.TargetModules ?? ["all-linear"],
            RankStabilized = extras.Rslora ?? false,
            WeightDecomposed = extras.Dora ?? false,
            LoraPlusRatio = extras.LoraPlusRatio ?? 1,
            PrincipalStart = extras.Init == AdapterSettingsCheck.PrincipalStart,
            RankPattern = extras.RankPattern ?? new Dictionary<string, int>(),
            AlphaPattern = extras.AlphaPattern ?? new Dictionary<string, double>(),
            LayersToTransform = extras.LayersToTransform ?? [],
            ModulesToSave = extras.ModulesToSave ?? [],
            LabelSmoothing = extras.LabelSmoothing ?? 0,
            Restarts = extras.Restarts ?? 1,
            LearningRate = learningRate,
            Schedule = extras.Schedule ?? "cosine",
            WarmupSteps = extras.WarmupSteps,
            WarmupRatio = extras.WarmupRatio ?? 0.05,
            SamplesPerStep = samples,
            Epochs = epochs,
            StepsMax = extras.MaxSteps,
            TokensMax = extras.MaxTokens,
            LengthMax = length,
            Packing = extras.Packing ?? true,
            PrefixSharing = SharesPrefixes(extras, isPreference, choices),
            LossOn = extras.LossOn ?? "completion",
            WeightDecay = extras.WeightDecay ?? 0,
            GradientClip = extras.GradientClip ?? 1,
            Seed = request.Seed ?? extras.Seed ?? SeedOf(jobId),
            SaveEverySteps = extras.SaveEverySteps,
            EvalEverySteps = extras.EvalEverySteps,
            LogEverySteps = extras.LogEverySteps ?? 1,
            KeepCheckpoints = extras.KeepCheckpoints ?? 3,
            LoadBest = extras.LoadBest ?? request.ValidationFile is not null,
            EarlyStoppingPatience = extras.EarlyStoppingPatience,
            EarlyStoppingMinDelta = extras.EarlyStoppingMinDelta ?? 0,
            ReplayShare = extras.ReplayShare ?? 0,
        };
        if (learningRate is < 1e-6 or > 1e-3 and not 1e-3)
        {
            choices.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"A learning rate of {learningRate:0.0e+0} lies outside the usual 1e-6 to 1e-3: watch the first losses."));
        }

        return (settings, choices);
    }

    // The same losses and gradients, so it is on wherever it can be.
    private static bool SharesPrefixes(TrainingSettings extras, bool isPreference, List<string> choices)
    {
        string? hindrance = isPreference ? "pairs are computed whole"
            : extras.Packing == false ? "without packing each example is computed alone"
            : extras.Dropout > 0 ? "with dropout each example draws a mask of its own"
            : null;
        if (extras.PrefixSharing == true && hindrance is not null)
        {
            choices.Add($"prefix_sharing false: {hindrance}.");
        }

        return (extras.PrefixSharing ?? true) && hindrance is null;
    }

    private static string Quantization(TrainingSettings extras, string? weightType, List<string> choices)
    {
        if (extras.Quantization is { } asked)
        {
            return asked;
        }

        if (extras.Tuning != TuningMethods.QuantizedLora)
        {
            return TuningMethods.AsStored;
        }

        bool hasBlocks = weightType is not null && !TuningMethods.IsPlain(weightType);
        choices.Add(hasBlocks
            ? $"quantization none: the base is stored as {weightType}, and its own blocks are trained on; 'nf4' would round them once more."
            : $"quantization nf4: the base is stored as {weightType ?? "numbers"}, and qlora wants one of few bits.");
        return hasBlocks ? TuningMethods.AsStored : TuningMethods.Nf4;
    }

    /// <summary>A seed that follows from an id.</summary>
    public static int SeedOf(string id) =>
        BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(id)), 0) & int.MaxValue;

    private static int Steps(int examples, int samples) => Math.Max(1, (examples + samples - 1) / samples);
}
