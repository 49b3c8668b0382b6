using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>Trains an adapter on a frozen base that stays in its stored blocks, or weights of the model itself.</summary>
public sealed unsafe class ManagedTrainingBackend : ITrainingBackend
{
    private const string MomentsFile = "moments.safetensors";

    private readonly DecoderModel _model;
    private readonly LoraAdapter? _adapter;
    private readonly TrainableWeights? _weights;
    private readonly TrainingPass _pass;
    private readonly MomentStore _moments;
    private readonly NativeBuffer _partialSums;

    /// <summary>Takes over an adapter and allocates moments and working memory.</summary>
    /// <param name="model">Shared, not owned, not changed.</param>
    /// <param name="adapter">What is trained; owned from here on.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    /// <param name="precision">Of the products with the model's matrices: single precision or bfloat16.</param>
    public ManagedTrainingBackend(
        DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax, Precision precision = Precision.Float32)
        : this(model, adapter, null, tokensMax, activationBytesMax, precision)
    {
    }

    /// <summary>Makes weights of a model trainable and allocates moments and working memory.</summary>
    /// <param name="model">Not owned, but changed: it is this model that learns. Nothing else may run it between steps' ends.</param>
    /// <param name="trainable">Which weights.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    /// <param name="precision">Of the products with the model's matrices: single precision or bfloat16.</param>
    public ManagedTrainingBackend(
        DecoderModel model, TrainableSet trainable, int tokensMax, long activationBytesMax, Precision precision = Precision.Float32)
        : this(model, null, trainable.Choose(model), tokensMax, activationBytesMax, precision)
    {
    }

    private ManagedTrainingBackend(
        DecoderModel model, LoraAdapter? adapter, TrainableWeights? weights, int tokensMax, long activationBytesMax, Precision precision)
    {
        _model = model;
        _weights = weights;
        _adapter = adapter;
        _pass = new TrainingPass(model, adapter, weights, tokensMax, activationBytesMax, precision);
        _moments = new MomentStore(adapter, weights);
        _partialSums = new NativeBuffer(AdamWKernel.PartialCount(_moments.LargestCount) * sizeof(double));
    }

    /// <inheritdoc/>
    public bool SmoothsLabels => true;

    /// <inheritdoc/>
    public bool LearnsPreferences => _adapter is not null;

    /// <inheritdoc/>
    public int SharedKeysMax => _adapter is { Config.Dropout: > 0 } ? 0 : _pass.SharedKeysMax;

    /// <inheritdoc/>
    public LoraAdapter Adapter => _adapter
        ?? throw new InvalidOperationException("This run trains the model's own weights: there is no adapter. Save the model.");

    /// <inheritdoc/>
    public bool HasAdapter => _adapter is not null;

    /// <inheritdoc/>
    public long ParameterCount => _pass.GradientCount;

    /// <summary>Whether every block's activations are kept; else blocks run forward twice to save memory.</summary>
    public bool KeepsActivations => _pass.KeepsActivations;

    /// <summary>Bytes of adapter, moments, gradients and working memory, without the base.</summary>
    public long ByteLength => _pass.ByteLength + (_adapter?.ByteLength ?? 0) + _moments.ByteLength;

    /// <summary>Bytes that activations of all blocks take where they are kept.</summary>
    /// <param name="model">The base.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="rankMax">The adapter's largest rank; 0 without one.</param>
    /// <param name="hasMagnitudes">Whether the adapter learns the length of weight rows (DoRA).</param>
    public static long ActivationBytes(DecoderModel model, int tokensMax, int rankMax, bool hasMagnitudes)
        => BlockActivations.ByteLength(model, tokensMax, rankMax, hasMagnitudes) * model.Config.LayerCount;

    /// <inheritdoc/>
    public double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey)
        => _pass.ForwardBackward(row, 1f / stepTargetCount, dropoutKey);

    /// <inheritdoc/>
    public double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey, float labelSmoothing)
        => _pass.ForwardBackward(row, 1f / stepTargetCount, dropoutKey, labelSmoothing);

    /// <inheritdoc/>
    public double Accumulate(SharedRow row, int stepTargetCount, float labelSmoothing)
        => _pass.ForwardBackward(row, 1f / stepTargetCount, labelSmoothing);

    /// <inheritdoc/>
    public void AccumulatePreferences(
        PackedRow row, ReadOnlySpan<double> reference, float beta, int stepPairCount, ulong dropoutKey, Span<PreferenceOutcome> outcomes)
        => _pass.ForwardBackwardPreferences(row, reference, beta, 1f / stepPairCount, dropoutKey, outcomes);

    /// <inheritdoc/>
    public void Reference(PackedRow row, Span<double> logProbabilities)
    {
        if (_weights is not null)
        {
            throw new InvalidOperationException(
                "DPO compares with the base as it was; a run that changes the base's own weights has none. Train an adapter.");
        }

        _pass.LogProbabilities(row, hasAdapter: false, logProbabilities);
    }

    /// <inheritdoc/>
    public double Evaluate(PackedRow row) => _pass.Forward(row);

    /// <inheritdoc/>
    public double Evaluate(SharedRow row) => _pass.Forward(row);

    /// <inheritdoc/>
    public double Apply(AdamWConfig optimizer, float learningRate, float gradientNormMax, int stepNumber)
    {
        double squares = 0;
        foreach (MomentStore.Part part in _moments.Parts)
        {
            squares += AdamWKernel.SumOfSquares(_pass.Gradients + part.Offset, part.Count, (double*)_partialSums.Pointer);
        }

        double norm = Math.Sqrt(squares);
        if (double.IsFinite(norm))
        {
            // As PyTorch clips: the 1e-6 keeps a norm of 0 from being divided by.
            float clip = (float)Math.Min(1.0, gradientNormMax / (norm + 1e-6));
            var step = new AdamWStep(
                clip, learningRate, optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.WeightDecay, stepNumber);
            if (_adapter is { } adapter)
            {
                Step(adapter, step, step with { LearningRate = learningRate * optimizer.LoraPlusRatio }, _moments.Parts[0]);
            }

            foreach (MomentStore.Part part in _moments.Parts)
            {
                if (part.Weight is { } weight)
                {
                    Step(weight, step, part);
                }
            }
        }

        ClearGradients();
        return norm;
    }

    /// <inheritdoc/>
    public void ClearGradients() => System.Runtime.InteropServices.NativeMemory.Clear(
        _pass.Gradients, (nuint)(_pass.GradientCount * sizeof(float)));

    /// <inheritdoc/>
    public void Save(string folder)
    {
        _adapter?.Save(folder);
        _weights?.Save(folder);
        SafetensorsWriter.Write(Path.Combine(folder, MomentsFile), _moments.Tensors);
    }

    /// <inheritdoc/>
    public void Restore(string folder)
    {
        using var moments = SafetensorsFile.Open(Path.Combine(folder, MomentsFile));
        if (_adapter is { } adapter)
        {
            using var saved = LoraAdapter.Load(folder, _model);
            int count = adapter.ParameterCount;
            if (!saved.Layers.SequenceEqual(adapter.Layers) || saved.ParameterCount != count)
            {
                throw new CheckpointException(
                    folder, $"it holds an adapter of {saved.ParameterCount} numbers in {saved.Layers.Count} layers; the run has {count} in {adapter.Layers.Count}.",
                    "Resume with the settings that the run was started with.");
            }

            _moments.Restore(moments, folder);
            new ReadOnlySpan<float>(saved.Parameters, count).CopyTo(new Span<float>(adapter.Parameters, count));
            return;
        }

        _moments.Restore(moments, folder);
        _weights!.Restore(folder);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pass.Dispose();
        _moments.Dispose();
        _partialSums.Dispose();
        _adapter?.Dispose();
    }

    // B and magnitudes may learn faster than A (LoRA+, Hayou et al. 2024, https://arxiv.org/abs/2402.12354); whole weights as A does.
    private void Step(LoraAdapter adapter, AdamWStep step, AdamWStep faster, MomentStore.Part part)
    {
        float* first = part.First;
        float* second = part.Second;
        if (faster.LearningRate == step.LearningRate)
        {
            AdamWKernel.Step(adapter.Parameters, _pass.Gradients, first, second, adapter.ParameterCount, step);
            return;
        }

        foreach (LoraLayer layer in adapter.Layers)
        {
            Run(layer.Offset, layer.OffsetOfB - layer.Offset, step);
            Run(layer.OffsetOfB, layer.Offset + layer.Count - layer.OffsetOfB, faster);
        }

        if (adapter.EmbeddingLayer is { } embedding)
        {
            Run(embedding.Offset, embedding.Count, step);
        }

        foreach (SavedModule saved in adapter.Saved)
        {
            Run(saved.Offset, saved.Count, step);
        }

        void Run(int offset, int count, AdamWStep own)
            => AdamWKernel.Step(adapter.Parameters + offset, _pass.Gradients + offset, first + offset, second + offset, count, own);
    }

    private void Step(TrainableWeight weight, AdamWStep step, MomentStore.Part part)
    {
        float* gradients = _pass.Gradients + part.Offset;
        if (weight.Matrix is { } matrix)
        {
            matrix.Step(gradients, part.First, part.Second, step);
        }
        else
        {
            AdamWKernel.Step((float*)weight.Tensor!.Pointer, gradients, part.First, part.Second, weight.Count, step);
        }
    }
}
