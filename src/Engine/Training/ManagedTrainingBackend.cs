using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>Trains an adapter on a frozen base that stays in its stored blocks.</summary>
public sealed unsafe class ManagedTrainingBackend : ITrainingBackend
{
    private const string MomentsFile = "moments.safetensors";
    private const string FirstName = "first_moments";
    private const string SecondName = "second_moments";

    private readonly DecoderModel _model;
    private readonly TrainingPass _pass;
    private readonly Tensor _firstMoments;
    private readonly Tensor _secondMoments;
    private readonly NativeBuffer _partialSums;

    /// <summary>Takes over an adapter and allocates moments and working memory.</summary>
    /// <param name="model">Shared, not owned, not changed.</param>
    /// <param name="adapter">What is trained; owned from here on.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    public ManagedTrainingBackend(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax)
    {
        _model = model;
        Adapter = adapter;
        _pass = new TrainingPass(model, adapter, null, tokensMax, activationBytesMax);
        _firstMoments = new Tensor(ElementType.F32, adapter.ParameterCount);
        _secondMoments = new Tensor(ElementType.F32, adapter.ParameterCount);
        _partialSums = new NativeBuffer(AdamWKernel.PartialCount(adapter.ParameterCount) * sizeof(double));
    }

    /// <inheritdoc/>
    public LoraAdapter Adapter { get; }

    /// <summary>Whether every block's activations are kept; else blocks run forward twice to save memory.</summary>
    public bool KeepsActivations => _pass.KeepsActivations;

    /// <summary>Bytes of adapter, moments, gradients and working memory, without the base.</summary>
    public long ByteLength => _pass.ByteLength + Adapter.ByteLength + _firstMoments.ByteLength + _secondMoments.ByteLength;

    /// <inheritdoc/>
    public double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey)
        => _pass.ForwardBackward(row, 1f / stepTargetCount, dropoutKey);

    /// <inheritdoc/>
    public double Evaluate(PackedRow row) => _pass.Forward(row);

    /// <inheritdoc/>
    public double Apply(AdamWConfig optimizer, float learningRate, float gradientNormMax, int stepNumber)
    {
        int count = Adapter.ParameterCount;
        double norm = Math.Sqrt(AdamWKernel.SumOfSquares(_pass.Gradients, count, (double*)_partialSums.Pointer));
        if (double.IsFinite(norm))
        {
            // As PyTorch clips: the 1e-6 keeps a norm of 0 from being divided by.
            float clip = (float)Math.Min(1.0, gradientNormMax / (norm + 1e-6));
            AdamWKernel.Step(
                Adapter.Parameters, _pass.Gradients, (float*)_firstMoments.Pointer, (float*)_secondMoments.Pointer, count, clip,
                learningRate, optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.WeightDecay, stepNumber);
        }

        ClearGradients();
        return norm;
    }

    /// <inheritdoc/>
    public void ClearGradients() => new Span<float>(_pass.Gradients, Adapter.ParameterCount).Clear();

    /// <inheritdoc/>
    public void Save(string folder)
    {
        Adapter.Save(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, MomentsFile), [new(FirstName, _firstMoments), new(SecondName, _secondMoments)]);
    }

    /// <inheritdoc/>
    public void Restore(string folder)
    {
        using var saved = LoraAdapter.Load(folder, _model);
        using var moments = SafetensorsFile.Open(Path.Combine(folder, MomentsFile));
        float[] first = moments.ReadFloats(FirstName);
        float[] second = moments.ReadFloats(SecondName);
        int count = Adapter.ParameterCount;
        if (!saved.Layers.SequenceEqual(Adapter.Layers) || first.Length != count || second.Length != count)
        {
            throw new CheckpointException(
                folder, $"it holds an adapter of {saved.ParameterCount} numbers in {saved.Layers.Count} layers; the run has {count} in {Adapter.Layers.Count}.",
                "Resume with the settings that the run was started with.");
        }

        new ReadOnlySpan<float>(saved.Parameters, count).CopyTo(new Span<float>(Adapter.Parameters, count));
        first.CopyTo(_firstMoments.Floats);
        second.CopyTo(_secondMoments.Floats);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pass.Dispose();
        _firstMoments.Dispose();
        _secondMoments.Dispose();
        _partialSums.Dispose();
        Adapter.Dispose();
    }
}
