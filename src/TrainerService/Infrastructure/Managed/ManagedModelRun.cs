using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch;
using Ratchet.Engine.Training;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>A run that moves the base's own weights: all of them, or the last blocks (F2, F8).</summary>
internal sealed class ManagedModelRun : ITrainingRun
{
    private const string GgufFile = "model.gguf";

    private readonly DecoderModel _model;
    private readonly string _modelPath;
    private readonly TrainingPlan _plan;
    private readonly FineTuningRun _run;

    public ManagedModelRun(
        DecoderModel model, IEngineBackend backend, string modelPath, TrainingPlan plan, IReadOnlyList<EncodedSample> samples, string? checkpoint)
    {
        _model = model;
        _modelPath = modelPath;
        _plan = plan;
        TrainableSet trainable = plan.Settings.TrainableLayers is { } count ? TrainableSet.LastBlocks(count) : TrainableSet.All;
        _run = FineTuningRun.Tune(
            model, trainable, ManagedRun.Config(plan, samples.Count, backend.TrainingPrecision, ManagedRun.PassTokens(model, plan.Settings, backend)),
            [.. samples.Select(ManagedRun.Sample)]);
        try
        {
            if (checkpoint is not null)
            {
                _run.Restore(checkpoint);
            }
        }
        catch
        {
            _run.Dispose();
            throw;
        }
    }

    public int StepCount => _run.StepsDone;

    public bool IsFinished => _run.IsFinished;

    /// <summary>Numbers that learn.</summary>
    public static long TrainableCount(DecoderModel model, JobSettings settings) => settings.TrainableLayers is not { } count
        ? model.ParameterCount
        : model.Blocks.TakeLast(count).Sum(block =>
            block.Linears.Sum(l => ((long)l.Outputs * l.Inputs) + (l.Bias?.Count ?? 0)) + block.Norms.Sum(n => n.Size + (n.Bias?.Count ?? 0)));

    public StepOutcome Advance(CancellationToken cancellation)
    {
        try
        {
            StepResult step = _run.Step(cancellation);
            return new StepOutcome(step.Step, step.Loss, step.GradientNorm, step.LearningRate, step.TokenCount, step.Duration.TotalSeconds);
        }
        catch (DivergedException e)
        {
            return new StepOutcome(e.Step, double.NaN, double.NaN, _plan.Settings.LearningRate, 0, 0);
        }
    }

    public double Evaluate(IReadOnlyList<EncodedSample> samples) => _run.Evaluate([.. samples.Select(ManagedRun.Sample)]);

    // The base is gone: what it would say is not asked again.
    public double? Divergence(IReadOnlyList<EncodedSample> prompts) => null;

    public void Restore(string folder) => _run.Restore(folder);

    public void SaveCheckpoint(string folder) => _run.SaveCheckpoint(folder);

    public void SaveAdapter(string folder) => throw new InvalidOperationException("This run makes a model; save that.");

    public void SaveModel(string folder)
    {
        Directory.CreateDirectory(folder);
        if (Directory.Exists(_modelPath))
        {
            ModelWriter.WriteFolder(_model, folder, ElementType.F32, _modelPath);
        }
        else
        {
            ModelWriter.WriteGguf(
                _model, Path.Combine(folder, GgufFile), ElementType.F32, _plan.BaseModelName, ModelWriter.TokenizerKeys(_modelPath, _model.Config.VocabularySize));
        }
    }

    /// <summary>Over the matrices that learn, against the base as it is stored; those that do not learn are found unmoved.</summary>
    /// <exception cref="InvalidOperationException">A frozen weight moved.</exception>
    public (double Absolute, double Relative) ChangeNorm()
    {
        using LoadedDecoder stored = ModelLoader.LoadDecoder(_modelPath);
        int firstBlock = _plan.Settings.TrainableLayers is { } count ? _model.Blocks.Count - count : 0;
        double change = 0;
        double weights = 0;
        for (int block = 0; block < _model.Blocks.Count; block++)
        {
            foreach ((LinearLayer now, LinearLayer before) in _model.Blocks[block].Linears.Zip(stored.Model.Blocks[block].Linears))
            {
                Add(now.Name, now.Weight, before.Weight, learns: block >= firstBlock);
            }
        }

        bool all = _plan.Settings.Tuning == TuningMethods.Full;
        Add(_model.PartNames.TokenEmbedding, _model.TokenEmbedding, stored.Model.TokenEmbedding, all);
        if (!ReferenceEquals(_model.Head, _model.TokenEmbedding))
        {
            Add(_model.PartNames.Head, _model.Head, stored.Model.Head, all);
        }

        return (Math.Sqrt(change), Math.Sqrt(change / weights));

        void Add(string name, WeightMatrix now, WeightMatrix before, bool learns)
        {
            (double squares, double moved) = Distance(now, before);
            if (!learns && moved != 0)
            {
                throw new InvalidOperationException($"The frozen weight {name} moved by {Math.Sqrt(moved)}; nothing of this run is published.");
            }

            change += learns ? moved : 0;
            weights += learns ? squares : 0;
        }
    }

    public void Dispose() => _run.Dispose();

    private static (double Squares, double Moved) Distance(WeightMatrix now, WeightMatrix before)
    {
        float[] own = new float[now.Inputs];
        float[] old = new float[now.Inputs];
        double squares = 0;
        double moved = 0;
        for (int output = 0; output < now.Outputs; output++)
        {
            now.DequantizeRow(output, own);
            before.DequantizeRow(output, old);
            for (int i = 0; i < own.Length; i++)
            {
                double difference = (double)own[i] - old[i];
                squares += (double)old[i] * old[i];
                moved += difference * difference;
            }
        }

        return (squares, moved);
    }
}
