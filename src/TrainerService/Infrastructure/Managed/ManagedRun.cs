using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Evaluation;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Torch;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>A run of the engine, on the backend of the process.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The run owns its adapter, and frees it where starting fails.")]
internal sealed class ManagedRun : ITrainingRun
{
    // A pass costs something whatever it holds, so many tokens are cheaper than few, while what backward needs can be kept.
    private const int TokensPerPass = 512;
    private const int TokensPerPassMost = 1024;

    // Of each answer; what comes later is mostly what came before.
    private const int DivergenceTokens = 16;

    private readonly DecoderModel _model;
    private readonly IEngineBackend _backend;
    private readonly TrainingPlan _plan;
    private readonly PrincipalRun? _principal;
    private readonly FineTuningRun _run;
    private readonly Dictionary<EncodedSample, PreferencePair> _pairs = new(ReferenceEqualityComparer.Instance);

    public ManagedRun(DecoderModel model, IEngineBackend backend, TrainingPlan plan, IReadOnlyList<EncodedSample> samples, string? checkpoint)
    {
        _model = model;
        _backend = backend;
        _plan = plan;
        LoraConfig lora = Lora(plan.Settings);
        TrainingConfig config = Config(plan, samples.Count, backend.TrainingPrecision, PassTokens(model, plan.Settings, backend));
        _principal = plan.Settings.PrincipalStart ? new PrincipalRun(model, lora, config.Seed) : null;
        try
        {
            _run = Begin(lora, config, samples);
            if (checkpoint is not null)
            {
                _run.Restore(checkpoint);
            }
        }
        catch
        {
            _run?.Dispose();
            _principal?.Dispose();
            throw;
        }
    }

    public int StepCount => _run.StepsDone;

    public bool IsFinished => _run.IsFinished;

    private bool LearnsPreferences => _plan.Settings.Objective == TrainingObjectives.Preference;

    public StepOutcome Advance(CancellationToken cancellation)
    {
        try
        {
            StepResult step = _run.Step(cancellation);
            return new StepOutcome(
                step.Step, step.Loss, step.GradientNorm, step.LearningRate, step.TokenCount, step.Duration.TotalSeconds,
                LearnsPreferences ? Figures(_run.LastPreferences) : null);
        }
        catch (DivergedException e)
        {
            return new StepOutcome(e.Step, double.NaN, double.NaN, _plan.Settings.LearningRate, 0, 0);
        }
    }

    public double Evaluate(IReadOnlyList<EncodedSample> samples) => Preferences(samples)?.Loss ?? _run.Evaluate([.. samples.Select(Sample)]);

    public PreferenceFigures? Preferences(IReadOnlyList<EncodedSample> pairs) => LearnsPreferences
        ? Figures(_run.EvaluatePreferences([.. pairs.Select(Pair)])) : null;

    public double? Divergence(IReadOnlyList<EncodedSample> prompts)
    {
        double mean = 0;
        OnBase(adapter =>
        {
            using IInferenceBackend runner = _backend.CreateInference(_model, Precision.Float32, TokensPerPass);
            mean = AdapterDivergence.Of(runner, adapter, [.. prompts.Select(Prompt)]).Mean;
        });
        return mean;
    }

    public void Restore(string folder) => _run.Restore(folder);

    public void SaveCheckpoint(string folder) => _run.SaveCheckpoint(folder);

    public void SaveAdapter(string folder)
    {
        Directory.CreateDirectory(folder);
        OnBase(adapter => adapter.Save(folder, _plan.BaseModelName));
    }

    public (double Absolute, double Relative) ChangeNorm()
    {
        double change = 0;
        double weights = 0;
        OnBase(adapter =>
        {
            change = adapter.UpdateNorms().Sum(layer => layer.Norm * layer.Norm);
            weights = adapter.Layers.Sum(layer => SumOfSquares(_model.Linears[layer.LinearIndex].Weight));
        });
        return (Math.Sqrt(change), Math.Sqrt(change / weights));
    }

    public void Dispose()
    {
        _run.Dispose();
        _principal?.Dispose();
    }

    private FineTuningRun Begin(LoraConfig lora, TrainingConfig config, IReadOnlyList<EncodedSample> samples)
    {
        if (LearnsPreferences)
        {
            return FineTuningRun.Continue(_model, LoraAdapter.Create(_model, lora, config.Seed), config, [.. samples.Select(Pair)]);
        }

        TrainingSample[] own = [.. samples.Select(Sample)];
        return _principal is null
            ? FineTuningRun.Start(_model, lora, config, own, _backend.CreateTraining)
            : FineTuningRun.Continue(_model, _principal.Take(), config, own, _backend.CreateTraining);
    }

    // The same object for the same sample: the run remembers what the base says of each.
    private PreferencePair Pair(EncodedSample sample)
    {
        if (!_pairs.TryGetValue(sample, out PreferencePair? pair))
        {
            pair = new PreferencePair(Sample(sample), Sample(sample.Rejected!));
            _pairs[sample] = pair;
        }

        return pair;
    }

    private static PreferenceFigures Figures(IReadOnlyList<PreferenceOutcome> outcomes) => new(
        outcomes.Average(o => o.Loss), outcomes.Average(o => o.ChosenReward), outcomes.Average(o => o.RejectedReward),
        outcomes.Average(o => o.ChosenReward > o.RejectedReward ? 1.0 : 0.0));

    // The adapter as it is published, with the base as it is served.
    private void OnBase(Action<LoraAdapter> body)
    {
        if (_principal is null)
        {
            body(_run.Adapter);
            return;
        }

        _principal.OnBase(_run.Adapter, body);
    }

    internal static LoraConfig Lora(JobSettings settings) => new()
    {
        Rank = settings.Rank,
        Alpha = (float)settings.Alpha,
        Dropout = (float)settings.Dropout,
        TargetModules = settings.TargetModules,
        RankStabilized = settings.RankStabilized,
        WeightDecomposed = settings.WeightDecomposed,
        RankPattern = settings.RankPattern,
        AlphaPattern = settings.AlphaPattern,
        LayersToTransform = settings.LayersToTransform,
        ModulesToSave = settings.ModulesToSave,
    };

    /// <summary>Tokens of one pass of a job.</summary>
    internal static int PassTokens(DecoderModel model, JobSettings settings, IEngineBackend backend)
    {
        int rank = settings.MakesModel ? 0 : settings.RankPattern.Values.Append(settings.Rank).Max();
        return backend.Name == BackendOptions.Managed
            && ManagedTrainingBackend.ActivationBytes(model, TokensPerPassMost, rank, settings.WeightDecomposed) <= new TrainingConfig().ActivationBytesMax
            ? TokensPerPassMost
            : TokensPerPass;
    }

    internal static TrainingConfig Config(TrainingPlan plan, int sampleCount, Precision precision, int tokensPerPass)
    {
        JobSettings settings = plan.Settings;
        int perEpoch = Math.Max(1, (sampleCount + settings.SamplesPerStep - 1) / settings.SamplesPerStep);
        return new TrainingConfig
        {
            SequencesPerBatch = settings.SamplesPerStep,
            Epochs = (plan.StepCount + perEpoch - 1) / perEpoch,
            StepsMax = plan.StepCount,

            // Rows of one token: no sample fits beside another, so each goes alone.
            TokensPerPass = settings.Packing ? tokensPerPass : 1,
            PrefixSharing = settings.PrefixSharing,
            GradientNormMax = (float)settings.GradientClip,
            Optimizer = new AdamWConfig
            {
                LearningRate = (float)settings.LearningRate,
                WeightDecay = (float)settings.WeightDecay,
                LoraPlusRatio = (float)settings.LoraPlusRatio,
            },
            Schedule = settings.Schedule switch
            {
                "linear" => ScheduleShape.Linear,
                "constant" => ScheduleShape.Constant,
                AdapterSettingsCheck.WithRestarts => ScheduleShape.CosineWithRestarts,
                _ => ScheduleShape.Cosine,
            },
            WarmupSteps = plan.WarmupSteps,
            Restarts = settings.Restarts,
            LabelSmoothing = (float)settings.LabelSmoothing,
            PreferenceBeta = (float)(settings.Beta ?? TrainingObjectives.UsualBeta),
            Seed = (ulong)settings.Seed,

            // DPO compares log-probabilities that differ by little: rounded to bfloat16, flips of single bits would be larger than that.
            Precision = settings.Objective == TrainingObjectives.Preference ? Precision.Float32 : precision,
        };
    }

    // The last answer, up to the token that tells its last measured one.
    private static DivergencePrompt Prompt(EncodedSample sample)
    {
        int last = Array.LastIndexOf(sample.Mask, true);
        int first = last;
        while (first > 1 && sample.Mask[first - 1])
        {
            first--;
        }

        first = Math.Max(1, first);
        int measured = Math.Clamp(last - first + 1, 1, DivergenceTokens);
        return new DivergencePrompt(sample.Ids[..(first + measured - 1)], measured);
    }

    internal static double SumOfSquares(WeightMatrix weight)
    {
        float[] row = new float[weight.Inputs];
        double sum = 0;
        for (int output = 0; output < weight.Outputs; output++)
        {
            weight.DequantizeRow(output, row);
            foreach (float value in row)
            {
                sum += (double)value * value;
            }
        }

        return sum;
    }

    internal static TrainingSample Sample(EncodedSample sample) => new(sample.Ids, sample.Mask);
}
