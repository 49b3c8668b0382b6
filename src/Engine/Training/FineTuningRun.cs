using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>A fine-tuning run from its first step to its last: which samples when, at which rate, and how to go on after a kill.</summary>
/// <remarks>The same seed, settings and samples give the same bits, whatever the thread count and however often the run was resumed.</remarks>
public sealed class FineTuningRun : IDisposable
{
    private readonly ITrainingBackend _backend;
    private readonly TrainingConfig _config;
    private readonly IReadOnlyList<TrainingSample> _samples;
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
    {
        _backend = backend;
        _config = config.Validated();
        _samples = samples;
        CheckSamples(samples, contextLength);
        StepsPerEpoch = (samples.Count + config.SamplesPerStep - 1) / config.SamplesPerStep;
        StepCount = Math.Min(config.StepsMax ?? int.MaxValue, checked(StepsPerEpoch * config.Epochs));
        _schedule = new LearningRateSchedule(config.Schedule, config.WarmupSteps, StepCount);
        _order = new SampleOrder(samples.Count, config.Seed, config.Shuffle);
        _settings = new Lazy<string>(SettingsDigest);
        _contents = new Lazy<string>(() => SamplesDigest(_samples));
    }

    /// <summary>The adapter as it is now.</summary>
    public LoraAdapter Adapter => _backend.Adapter;

    /// <summary>Steps done.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Steps of the whole run.</summary>
    public int StepCount { get; }

    /// <summary>Steps of an epoch; the last one may have fewer samples.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Whether every step is done.</summary>
    public bool IsFinished => StepsDone >= StepCount;

    /// <summary>Starts a run on the managed engine.</summary>
    /// <param name="model">The frozen base; shared, not owned.</param>
    /// <param name="lora">The adapter to make.</param>
    /// <param name="config">How to go through the samples.</param>
    /// <param name="samples">What to learn.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the samples cannot be trained on.</exception>
    public static FineTuningRun Start(
        DecoderModel model, LoraConfig lora, TrainingConfig config, IReadOnlyList<TrainingSample> samples)
        => Continue(model, LoraAdapter.Create(model, lora, config.Seed), config, samples);

    /// <summary>Starts a run from an adapter that is there already.</summary>
    /// <param name="model">The frozen base; shared, not owned.</param>
    /// <param name="adapter">Owned from here on.</param>
    /// <param name="config">How to go through the samples.</param>
    /// <param name="samples">What to learn.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or the samples cannot be trained on.</exception>
    public static FineTuningRun Continue(
        DecoderModel model, LoraAdapter adapter, TrainingConfig config, IReadOnlyList<TrainingSample> samples)
    {
        ManagedTrainingBackend? backend = null;
        try
        {
            config.Validated();
            CheckSamples(samples, model.Config.ContextLength);
            int tokensMax = Math.Max(config.TokensPerPass, samples.Max(s => s.Ids.Length));
            backend = new ManagedTrainingBackend(model, adapter, tokensMax, config.ActivationBytesMax);
            return new FineTuningRun(backend, config, samples, model.Config.ContextLength);
        }
        catch
        {
            backend?.Dispose();
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Goes on where a checkpoint was written.</summary>
    /// <param name="model">The same base.</param>
    /// <param name="lora">The same settings.</param>
    /// <param name="config">The same settings.</param>
    /// <param name="samples">The same samples in the same order.</param>
    /// <param name="checkpointFolder">As <see cref="SaveCheckpoint"/> wrote it.</param>
    /// <exception cref="CheckpointException">The checkpoint is not whole, or belongs to other settings or samples.</exception>
    public static FineTuningRun Resume(
        DecoderModel model, LoraConfig lora, TrainingConfig config, IReadOnlyList<TrainingSample> samples, string checkpointFolder)
    {
        FineTuningRun run = Start(model, lora, config, samples);
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
        int count = Math.Min(_config.SamplesPerStep, _samples.Count - _position);
        TrainingSample[] chosen = [.. Enumerable.Range(_position, count).Select(place => _samples[_order.At(_epoch, place)])];
        int targets = chosen.Sum(s => s.TargetCount);
        double sum = Accumulate(chosen, targets, cancellation);
        float rate = (float)(_config.Optimizer.LearningRate * _schedule.Factor(StepsDone));
        double norm = _backend.Apply(_config.Optimizer, rate, _config.GradientNormMax, StepsDone + 1);
        double loss = sum / targets;
        if (!double.IsFinite(norm) || !double.IsFinite(loss))
        {
            throw new DivergedException(StepsDone + 1, loss, norm);
        }

        StepsDone++;
        _position += count;
        if (_position >= _samples.Count)
        {
            (_epoch, _position) = (_epoch + 1, 0);
        }

        return new StepResult(StepsDone, loss, norm, rate, chosen.Sum(s => s.Ids.Length), targets, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Mean negative log-likelihood per target token of other samples.</summary>
    /// <param name="samples">Those longer than a pass are cut to it.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    public double Evaluate(IReadOnlyList<TrainingSample> samples, CancellationToken cancellation = default)
    {
        double sum = 0;
        int targets = 0;
        foreach (PackedRow row in Rows(samples, samples.Count))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += _backend.Evaluate(row);
            targets += row.TargetCount;
        }

        return targets == 0 ? throw new ArgumentException("The samples have no target tokens to evaluate on.", nameof(samples)) : sum / targets;
    }

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

    private double Accumulate(TrainingSample[] chosen, int targets, CancellationToken cancellation)
    {
        double sum = 0;
        ulong key = DropoutKernel.Key(DropoutKernel.Key(_config.Seed, 0x64726F70UL), (ulong)StepsDone);
        ulong pass = 0;
        try
        {
            foreach (PackedRow row in Rows(chosen, _config.SequencesPerBatch))
            {
                cancellation.ThrowIfCancellationRequested();
                sum += _backend.Accumulate(row, targets, DropoutKernel.Key(key, pass++));
            }

            return sum;
        }
        catch (OperationCanceledException)
        {
            _backend.ClearGradients();
            throw;
        }
    }

    // Batch by batch, and within a batch packed into rows; a sample longer than a row goes alone.
    private IEnumerable<PackedRow> Rows(IReadOnlyList<TrainingSample> samples, int samplesPerBatch)
    {
        for (int first = 0; first < samples.Count; first += samplesPerBatch)
        {
            TrainingSample[] batch = [.. samples.Skip(first).Take(samplesPerBatch).Where(s => s.TargetCount > 0)];
            PackingPlan plan = Packing.Plan([.. batch.Select(s => s.Ids.Length)], _config.TokensPerPass);
            foreach (IReadOnlyList<int> row in plan.Rows)
            {
                yield return PackedRow.LayOut([.. row.Select(i => batch[i])]);
            }

            foreach (int alone in plan.NotPacked)
            {
                yield return PackedRow.LayOut([batch[alone]]);
            }
        }
    }

    private static void CheckSamples(IReadOnlyList<TrainingSample> samples, int contextLength)
    {
        int tooLong = Find(s => s.Ids.Length > contextLength);
        int without = Find(s => s.TargetCount == 0);
        new ConfigCheck("The set of samples")
            .Require(samples.Count > 0, "It is empty; give at least one sample.")
            .Require(tooLong < 0, $"Sample {tooLong} is longer than the {contextLength} tokens that the model takes; cut it.")
            .Require(without < 0, $"Sample {without} has no target token, so nothing can be learnt from it; leave it out.")
            .Accept(samples);

        int Find(Func<TrainingSample, bool> fault)
        {
            for (int i = 0; i < samples.Count; i++)
            {
                if (fault(samples[i]))
                {
                    return i;
                }
            }

            return -1;
        }
    }

    // Everything that moves a loss. Memory limits are left out: another machine may resume with others.
    private string SettingsDigest()
    {
        LoraConfig lora = Adapter.Config;
        AdamWConfig adam = _config.Optimizer;
        string text = FormattableString.Invariant(
            $"{lora.Rank}|{lora.Alpha:R}|{lora.Dropout:R}|{lora.RankStabilized}|{string.Join(',', Adapter.Layers.Select(l => l.Name))}|")
            + FormattableString.Invariant(
                $"{_config.SequencesPerBatch}|{_config.BatchesPerStep}|{_config.TokensPerPass}|{StepCount}|{_config.GradientNormMax:R}|")
            + FormattableString.Invariant(
                $"{adam.LearningRate:R}|{adam.Beta1:R}|{adam.Beta2:R}|{adam.Epsilon:R}|{adam.WeightDecay:R}|{_config.Schedule}|")
            + FormattableString.Invariant($"{_config.WarmupSteps}|{_config.Seed}|{_config.Shuffle}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string SamplesDigest(IReadOnlyList<TrainingSample> samples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TrainingSample sample in samples)
        {
            hash.AppendData(BitConverter.GetBytes(sample.Ids.Length));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(sample.Ids.AsSpan()));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(sample.Mask.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
