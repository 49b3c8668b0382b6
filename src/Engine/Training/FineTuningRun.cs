using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>A fine-tuning run from its first step to its last: which samples when, at which rate, and how to go on after a kill.</summary>
/// <remarks>The same seed, settings and samples give the same bits, whatever the thread count and however often the run was resumed.</remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "The run owns its backend, the backend its adapter; both are freed where starting fails.")]
public sealed class FineTuningRun : IDisposable
{
    private readonly ITrainingBackend _backend;
    private readonly TrainingConfig _config;
    private readonly ITrainingObjective _objective;
    private readonly SampleOrder _order;
    private readonly LearningRateSchedule _schedule;
    private readonly Lazy<string> _settings;
    private readonly Lazy<string> _contents;
    private int _epoch;
    private int _position;

    /// <summary>Prepares a run on a backend of the caller's choice.</summary>
    /// <param name="backend">Owned from here on.</param>
    /// <param name="config">How to go through the samples.</param>
    /// <param name="samples">Each with at least one target and at most the model's context.</param>
    /// <param name="contextLength">Tokens that the model takes.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the samples cannot be trained on.</exception>
    public FineTuningRun(ITrainingBackend backend, TrainingConfig config, IReadOnlyList<TrainingSample> samples, int contextLength)
        : this(backend, config, new SupervisedObjective(config.Validated(), samples, contextLength))
    {
    }

    /// <summary>Prepares a run that learns from pairs which answer is preferred (DPO).</summary>
    /// <param name="backend">Owned from here on; trains an adapter.</param>
    /// <param name="config">How to go through the pairs.</param>
    /// <param name="pairs">Both answers of each with at least one target and at most the model's context.</param>
    /// <param name="contextLength">Tokens that the model takes.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the pairs cannot be trained on.</exception>
    public FineTuningRun(ITrainingBackend backend, TrainingConfig config, IReadOnlyList<PreferencePair> pairs, int contextLength)
        : this(backend, config, new PreferenceObjective(config.Validated(), pairs, contextLength))
    {
    }

    private FineTuningRun(ITrainingBackend backend, TrainingConfig config, ITrainingObjective objective)
    {
        Check(backend, config, objective);
        _backend = backend;
        _config = config;
        _objective = objective;
        StepsPerEpoch = (objective.SampleCount + config.SamplesPerStep - 1) / config.SamplesPerStep;
        StepCount = Math.Min(config.StepsMax ?? int.MaxValue, checked(StepsPerEpoch * config.Epochs));
        _schedule = new LearningRateSchedule(config.Schedule, config.WarmupStepsOf(StepCount), StepCount, config.Restarts);
        _order = new SampleOrder(objective.SampleCount, config.Seed, config.Shuffle);
        _settings = new Lazy<string>(() => RunDigest.OfSettings(_backend, _config, StepCount));
        _contents = new Lazy<string>(_objective.Digest);
    }

    /// <summary>The adapter as it is now.</summary>
    /// <exception cref="InvalidOperationException">The run trains the model's own weights.</exception>
    public LoraAdapter Adapter => _backend.Adapter;

    /// <summary>Steps done.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Steps of the whole run.</summary>
    public int StepCount { get; }

    /// <summary>Steps of an epoch; the last one may have fewer samples.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Whether every step is done.</summary>
    public bool IsFinished => StepsDone >= StepCount;

    /// <summary>What the last step saw of each pair; empty where the run learns from samples.</summary>
    public IReadOnlyList<PreferenceOutcome> LastPreferences => _objective.LastPreferences;

    /// <summary>Starts a run.</summary>
    /// <param name="model">The frozen base; shared, not owned.</param>
    /// <param name="lora">The adapter to make.</param>
    /// <param name="config">How to go through the samples.</param>
    /// <param name="samples">What to learn.</param>
    /// <param name="backend">Makes what computes; null for the managed engine.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the samples cannot be trained on.</exception>
    public static FineTuningRun Start(
        DecoderModel model, LoraConfig lora, TrainingConfig config, IReadOnlyList<TrainingSample> samples, TrainingBackendMaker? backend = null)
        => Continue(model, LoraAdapter.Create(model, lora, config.Seed), config, samples, backend);

    /// <summary>Starts a run from an adapter that is there already.</summary>
    /// <param name="model">The frozen base; shared, not owned.</param>
    /// <param name="adapter">Owned from here on.</param>
    /// <param name="config">How to go through the samples.</param>
    /// <param name="samples">What to learn.</param>
    /// <param name="backend">Makes what computes; null for the managed engine.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the samples cannot be trained on.</exception>
    public static FineTuningRun Continue(
        DecoderModel model, LoraAdapter adapter, TrainingConfig config, IReadOnlyList<TrainingSample> samples, TrainingBackendMaker? backend = null)
    {
        try
        {
            SupervisedObjective.Check(samples, model.Config.ContextLength);
            int tokensMax = Math.Max(config.Validated().TokensPerPass, samples.Max(s => s.Ids.Length));
            return Begin(
                () => backend?.Invoke(model, adapter, tokensMax, config.ActivationBytesMax)
                    ?? new ManagedTrainingBackend(model, adapter, tokensMax, config.ActivationBytesMax, config.Precision),
                made => new FineTuningRun(made, config, samples, model.Config.ContextLength));
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Starts a run that learns from pairs which answer is preferred (DPO); the reference is the base without the adapter.</summary>
    /// <param name="model">The frozen base; shared, not owned.</param>
    /// <param name="adapter">Owned from here on.</param>
    /// <param name="config">How to go through the pairs.</param>
    /// <param name="pairs">What to learn.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the pairs cannot be trained on.</exception>
    public static FineTuningRun Continue(
        DecoderModel model, LoraAdapter adapter, TrainingConfig config, IReadOnlyList<PreferencePair> pairs)
    {
        try
        {
            PreferenceObjective.Check(pairs, model.Config.ContextLength);
            int tokensMax = Math.Max(config.Validated().TokensPerPass, pairs.Max(p => p.Chosen.Ids.Length + p.Rejected.Ids.Length));
            return Begin(
                () => new ManagedTrainingBackend(model, adapter, tokensMax, config.ActivationBytesMax, config.Precision),
                backend => new FineTuningRun(backend, config, pairs, model.Config.ContextLength));
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Starts a run that moves weights of the model itself.</summary>
    /// <param name="model">Not owned, but changed.</param>
    /// <param name="trainable">Which weights learn.</param>
    /// <param name="config">How to go through the samples.</param>
    /// <param name="samples">What to learn.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the samples cannot be trained on.</exception>
    public static FineTuningRun Tune(
        DecoderModel model, TrainableSet trainable, TrainingConfig config, IReadOnlyList<TrainingSample> samples)
    {
        SupervisedObjective.Check(samples, model.Config.ContextLength);
        int tokensMax = Math.Max(config.Validated().TokensPerPass, samples.Max(s => s.Ids.Length));
        return Begin(
            () => new ManagedTrainingBackend(model, trainable, tokensMax, config.ActivationBytesMax, config.Precision),
            backend => new FineTuningRun(backend, config, samples, model.Config.ContextLength));
    }

    /// <summary>Goes on where a checkpoint was written.</summary>
    /// <param name="model">The same base.</param>
    /// <param name="lora">The same settings.</param>
    /// <param name="config">The same settings.</param>
    /// <param name="samples">The same samples in the same order.</param>
    /// <param name="checkpointFolder">As <see cref="SaveCheckpoint"/> wrote it, with whatever backend.</param>
    /// <param name="backend">Makes what computes; null for the managed engine.</param>
    /// <exception cref="CheckpointException">The checkpoint is not whole, or belongs to other settings or samples.</exception>
    public static FineTuningRun Resume(
        DecoderModel model, LoraConfig lora, TrainingConfig config, IReadOnlyList<TrainingSample> samples, string checkpointFolder,
        TrainingBackendMaker? backend = null)
    {
        FineTuningRun run = Start(model, lora, config, samples, backend);
        try
        {
            run.Restore(checkpointFolder);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Goes on where a checkpoint was written, in this run.</summary>
    /// <param name="checkpointFolder">As <see cref="SaveCheckpoint"/> wrote it.</param>
    /// <exception cref="CheckpointException">The checkpoint is not whole, or belongs to other settings or samples.</exception>
    public void Restore(string checkpointFolder)
    {
        var state = CheckpointState.Read(checkpointFolder);
        if (state.SettingsSha256 != _settings.Value || state.SamplesSha256 != _contents.Value)
        {
            throw new CheckpointException(
                checkpointFolder, $"it belongs to a run with other {(state.SettingsSha256 == _settings.Value ? "samples" : "settings")}.",
                "Resume with the same settings and samples, or start anew.");
        }

        _backend.Restore(checkpointFolder);
        (StepsDone, _epoch, _position) = (state.Step, state.Epoch, state.SamplerPosition);
    }

    /// <summary>Does the next step.</summary>
    /// <param name="cancellation">Looked at between passes; a cancelled step leaves the adapter as it was.</param>
    /// <exception cref="DivergedException">Loss or gradient is not a number.</exception>
    public StepResult Step(CancellationToken cancellation = default)
    {
        if (IsFinished)
        {
            throw new InvalidOperationException($"All {StepCount} steps are done; start another run to train on.");
        }

        long start = Stopwatch.GetTimestamp();
        int count = Math.Min(_config.SamplesPerStep, _objective.SampleCount - _position);
        int[] chosen = [.. Enumerable.Range(_position, count).Select(place => _order.At(_epoch, place))];
        ulong key = DropoutKernel.Key(DropoutKernel.Key(_config.Seed, 0x64726F70UL), (ulong)StepsDone);
        ObjectiveSum sum;
        try
        {
            sum = _objective.Accumulate(_backend, chosen, key, cancellation);
        }
        catch (OperationCanceledException)
        {
            _backend.ClearGradients();
            throw;
        }

        float rate = (float)(_config.Optimizer.LearningRate * _schedule.Factor(StepsDone));
        double norm = _backend.Apply(_config.Optimizer, rate, _config.GradientNormMax, StepsDone + 1);
        if (!double.IsFinite(norm) || !double.IsFinite(sum.Loss))
        {
            throw new DivergedException(StepsDone + 1, sum.Loss, norm);
        }

        StepsDone++;
        _position += count;
        if (_position >= _objective.SampleCount)
        {
            (_epoch, _position) = (_epoch + 1, 0);
        }

        return new StepResult(StepsDone, sum.Loss, norm, rate, sum.TokenCount, sum.TargetCount, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Mean negative log-likelihood per target token of other samples.</summary>
    /// <param name="samples">Those longer than a pass are cut to it.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    public double Evaluate(IReadOnlyList<TrainingSample> samples, CancellationToken cancellation = default)
    {
        double sum = 0;
        int targets = samples.Sum(sample => sample.TargetCount);
        if (SupervisedObjective.Shares(_config, _backend))
        {
            foreach (SharedRow row in SupervisedObjective.SharedRows(samples, samples.Count, _config.TokensPerPass, _backend.SharedKeysMax))
            {
                cancellation.ThrowIfCancellationRequested();
                sum += _backend.Evaluate(row);
            }
        }
        else
        {
            foreach (PackedRow row in SupervisedObjective.Rows(samples, samples.Count, _config.TokensPerPass))
            {
                cancellation.ThrowIfCancellationRequested();
                sum += _backend.Evaluate(row);
            }
        }

        return targets == 0 ? throw new ArgumentException("The samples have no target tokens to evaluate on.", nameof(samples)) : sum / targets;
    }

    /// <summary>How other pairs stand: without dropout, without gradients.</summary>
    /// <param name="pairs">The reference of each is asked once, and remembered by object.</param>
    /// <param name="cancellation">Looked at between pairs.</param>
    /// <exception cref="InvalidOperationException">The run learns from samples, not from pairs.</exception>
    public IReadOnlyList<PreferenceOutcome> EvaluatePreferences(IReadOnlyList<PreferencePair> pairs, CancellationToken cancellation = default)
        => _objective is PreferenceObjective preferences
            ? [.. pairs.Select(pair => preferences.Measure(_backend, pair, cancellation))]
            : throw new InvalidOperationException("This run learns from samples; only a run on pairs (DPO) knows preferences.");

    /// <summary>Writes a checkpoint that is whole or not there: a temporary folder, flushed, then renamed.</summary>
    /// <param name="folder">Replaced where it is there. Also a PEFT folder, which any tool can load.</param>
    public void SaveCheckpoint(string folder)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            _backend.Save(temporary);
            new CheckpointState
            {
                Format = CheckpointState.FormatKnown,
                Step = StepsDone,
                Epoch = _epoch,
                SamplerPosition = _position,
                Seed = _config.Seed,
                SettingsSha256 = _settings.Value,
                SamplesSha256 = _contents.Value,
            }.Write(temporary);
            if (Directory.Exists(target))
            {
                string old = $"{target}.{Guid.NewGuid():N}.old.tmp";
                Directory.Move(target, old);
                Directory.Move(temporary, target);
                Directory.Delete(old, recursive: true);
            }
            else
            {
                Directory.Move(temporary, target);
            }
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _backend.Dispose();

    // Now, and not at a step that may be an hour away.
    private static void Check(ITrainingBackend backend, TrainingConfig config, ITrainingObjective objective)
    {
        string name = backend.GetType().Name;
        var faults = new List<string>();
        if (config.LabelSmoothing > 0 && !backend.SmoothsLabels)
        {
            faults.Add($"LabelSmoothing is {config.LabelSmoothing}, and {name} does not smooth labels. Set it to 0, or train on the managed engine.");
        }

        if (objective is PreferenceObjective && !backend.LearnsPreferences)
        {
            faults.Add($"The samples are pairs (DPO), and {name} does not learn from preferences. Train an adapter on the managed engine.");
        }

        if (faults.Count > 0)
        {
            throw new InvalidConfigException(nameof(TrainingConfig), faults);
        }
    }

    private static FineTuningRun Begin(Func<ITrainingBackend> make, Func<ITrainingBackend, FineTuningRun> start)
    {
        ITrainingBackend backend = make();
        try
        {
            return start(backend);
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }
}
