using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using Ratchet.Engine.Training;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Training;

/// <summary>The numbers of an adapter on a device with their gradients and moments, each in one tensor in the order of the adapter's own memory.</summary>
/// <remarks>
/// The factors that layers compute with are views: their gradients are added by torch into views of <see cref="Gradients"/>, so that clipping
/// and stepping are a few operations on whole tensors, and files are those of the managed engine.
/// </remarks>
internal sealed unsafe class DeviceAdapter : IAdapterNumbers, IDisposable
{
    private readonly Tensor _parameters;
    private readonly List<Tensor> _views = [];
    private readonly Dictionary<int, LayerFactors> _factors = [];
    private readonly Dictionary<int, (Tensor Magnitude, LoraLayer Layer)> _magnitudes = [];
    private readonly Dictionary<int, Tensor> _inverseNorms = [];

    /// <summary>Takes an adapter's numbers to a device; the moments are zero.</summary>
    public DeviceAdapter(LoraAdapter adapter, TorchDevice device)
    {
        _parameters = Kept(HostCopy.Upload((byte*)adapter.Parameters, ScalarType.Float32, [adapter.ParameterCount], device));
        Gradients = Kept(zeros([adapter.ParameterCount], dtype: ScalarType.Float32, device: device.Handle));
        FirstMoments = Kept(zeros([adapter.ParameterCount], dtype: ScalarType.Float32, device: device.Handle));
        SecondMoments = Kept(zeros([adapter.ParameterCount], dtype: ScalarType.Float32, device: device.Handle));
        foreach (LoraLayer layer in adapter.Layers)
        {
            _factors[layer.LinearIndex] = Factors(layer);
            if (layer.HasMagnitude)
            {
                _magnitudes[layer.LinearIndex] = (Leaf(layer.OffsetOfMagnitude, layer.Outputs), layer);
            }
        }

        EmbeddingFactors = adapter.EmbeddingLayer is { } embedding ? Factors(embedding) : null;
        foreach (SavedModule saved in adapter.Saved)
        {
            switch (saved.Part)
            {
                case SavedPart.Head:
                    Head = Leaf(saved.Offset, saved.Rows, saved.Columns);
                    break;
                case SavedPart.HeadBias:
                    HeadBias = Leaf(saved.Offset, saved.Count);
                    break;
                default:
                    Embedding = Leaf(saved.Offset, saved.Rows, saved.Columns);
                    break;
            }
        }
    }

    /// <summary>[parameters], added to by every backward pass.</summary>
    public Tensor Gradients { get; }

    /// <summary>[parameters].</summary>
    public Tensor FirstMoments { get; }

    /// <summary>[parameters].</summary>
    public Tensor SecondMoments { get; }

    /// <inheritdoc/>
    public Tensor? Head { get; }

    /// <inheritdoc/>
    public Tensor? HeadBias { get; }

    /// <inheritdoc/>
    public Tensor? Embedding { get; }

    /// <inheritdoc/>
    public LayerFactors? EmbeddingFactors { get; }

    /// <inheritdoc/>
    public LayerFactors? Of(LinearLayer layer)
    {
        LayerFactors? factors = _factors.GetValueOrDefault(layer.Index);
        return factors is not null && _magnitudes.TryGetValue(layer.Index, out (Tensor Magnitude, LoraLayer Layer) own)
            ? factors with { Gain = own.Magnitude.mul(_inverseNorms[layer.Index]) }
            : factors;
    }

    /// <summary>Computes the norms that magnitudes stand over where the factors have moved since; they count as constants, as the paper has it.</summary>
    /// <param name="decoder">The base.</param>
    public void UpdateGains(DeviceDecoder decoder)
    {
        if (_inverseNorms.Count == _magnitudes.Count)
        {
            return;
        }

        using IDisposable noTape = no_grad();
        foreach ((int index, (_, LoraLayer layer)) in _magnitudes)
        {
            LayerFactors factors = _factors[index];
            _inverseNorms[index] = Kept(decoder.Linear(index).InverseNorms(factors.A, factors.B, layer.Scale));
        }
    }

    /// <summary>One step of AdamW, as <see cref="Kernels.AdamWKernel"/> does it.</summary>
    /// <param name="optimizer">Settings.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="clip">Factor on gradients.</param>
    /// <param name="step">From 1.</param>
    public void Step(AdamWConfig optimizer, float learningRate, float clip, int step)
    {
        using IDisposable noTape = no_grad();
        double correction1 = 1 - Math.Pow(optimizer.Beta1, step);
        double correction2 = 1 - Math.Pow(optimizer.Beta2, step);
        Gradients.mul_(clip);
        _parameters.mul_(1f - (learningRate * optimizer.WeightDecay));
        FirstMoments.mul_(optimizer.Beta1).add_(Gradients, 1f - optimizer.Beta1);
        SecondMoments.mul_(optimizer.Beta2).addcmul_(Gradients, Gradients, 1f - optimizer.Beta2);
        Tensor denominator = SecondMoments.sqrt().mul_((float)(1 / Math.Sqrt(correction2))).add_(optimizer.Epsilon);
        _parameters.addcdiv_(FirstMoments, denominator, -(float)(learningRate / correction1));
        ForgetGains();
    }

    /// <summary>Writes the numbers as they are now into the adapter's own memory.</summary>
    public void CopyTo(LoraAdapter adapter) => HostCopy.Download(adapter.Parameters, _parameters);

    /// <summary>Replaces the numbers by those of the adapter's own memory.</summary>
    public void CopyFrom(LoraAdapter adapter, TorchDevice device)
    {
        _parameters.copy_(HostCopy.Upload((byte*)adapter.Parameters, ScalarType.Float32, [adapter.ParameterCount], device));
        ForgetGains();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetGains();
        _views.ForEach(view => view.Dispose());
        _parameters.Dispose();
        Gradients.Dispose();
        FirstMoments.Dispose();
        SecondMoments.Dispose();
    }

    private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();

    private void ForgetGains()
    {
        foreach (Tensor norms in _inverseNorms.Values)
        {
            norms.Dispose();
        }

        _inverseNorms.Clear();
    }

    private LayerFactors Factors(LoraLayer layer)
        => new(Leaf(layer.Offset, layer.Rank, layer.Inputs), Leaf(layer.OffsetOfB, layer.Rank, layer.Outputs), layer.Scale);

    private Tensor Leaf(int offset, params long[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        Tensor leaf = Kept(_parameters.narrow(0, offset, count).view(shape).detach().requires_grad_());
        Tensor gradient = Kept(Gradients.narrow(0, offset, count).view(shape));
        leaf.grad = gradient;
        _views.AddRange([leaf, gradient]);
        return leaf;
    }
}
