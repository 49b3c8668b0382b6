using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using TorchSharp;
using static TorchSharp.torch;
using HostTensor = Ratchet.Engine.Tensors.Tensor;

namespace Ratchet.Engine.Torch.Training;

/// <summary>Trains an adapter on a frozen base with torch. Files are those of the managed engine: a run may go on with either.</summary>
internal sealed class TorchTrainingBackend : ITrainingBackend
{
    private const string Remedy =
        "Lower Engine:TokensPerPass or the job's max_length, let activations be computed twice with fewer bytes for them, "
        + "keep the weights in their blocks with Engine:Weights=blocks, or lower the rank.";

    private readonly DecoderModel _model;
    private readonly LoraAdapter _adapter;
    private readonly DecoderLease _lease;
    private readonly TorchDevice _device;
    private readonly DeviceAdapter _numbers;
    private readonly DevicePass _pass;
    private readonly int _tokensMax;
    private bool _isAhead;

    /// <summary>Takes over an adapter, and its numbers to the device.</summary>
    /// <param name="model">Shared, not owned.</param>
    /// <param name="adapter">Owned from here on, also where this throws.</param>
    /// <param name="lease">The model's weights on the device; owned from here on.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    /// <param name="device">Where.</param>
    public TorchTrainingBackend(
        DecoderModel model, LoraAdapter adapter, DecoderLease lease, int tokensMax, long activationBytesMax, TorchDevice device)
    {
        (_model, _adapter, _lease, _tokensMax, _device) = (model, adapter, lease, tokensMax, device);
        try
        {
            _numbers = device.Run($"An adapter of {adapter.ParameterCount:N0} numbers with its moments", Remedy, () => new DeviceAdapter(adapter, device));
        }
        catch
        {
            lease.Dispose();
            adapter.Dispose();
            throw;
        }

        int lowest = adapter.LearnsEmbedding
            ? 0
            : adapter.Layers.Select(l => l.LinearIndex / model.LinearsPerBlock).DefaultIfEmpty(model.Config.LayerCount).Min();
        bool keeps = !lease.Decoder.KeepsBlocks && BytesPerToken(model.Config) * tokensMax <= activationBytesMax;
        _pass = new DevicePass(lease.Decoder, _numbers, lowest, adapter.LearnsEmbedding, keeps, device);
    }

    /// <summary>The adapter; its numbers are fetched from the device where they have moved since.</summary>
    public LoraAdapter Adapter
    {
        get
        {
            if (_isAhead)
            {
                _device.Run("A copy of the adapter", Remedy, () => _numbers.CopyTo(_adapter));
                _adapter.UpdateGains(_model);
                _isAhead = false;
            }

            return _adapter;
        }
    }

    /// <summary>Whether every layer's activations are kept; else layers run forward twice to save memory.</summary>
    public bool KeepsActivations => _pass.KeepsActivations;

    /// <inheritdoc/>
    public double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey)
    {
        CheckRow(row);
        try
        {
            return _device.Run(
                $"The forward and backward pass of {row.TokenCount} tokens", Remedy,
                () => _pass.ForwardBackward(row, 1f / stepTargetCount, _adapter.Config.Dropout, dropoutKey));
        }
        catch
        {
            // A part of the row's gradients may stand there already.
            ClearGradients();
            throw;
        }
    }

    /// <inheritdoc/>
    public double Evaluate(PackedRow row)
    {
        CheckRow(row);
        return _device.Run($"The forward pass of {row.TokenCount} tokens", Remedy, () => _pass.Forward(row));
    }

    /// <inheritdoc/>
    public double Apply(AdamWConfig optimizer, float learningRate, float gradientNormMax, int stepNumber) => _device.Run("A step of the optimiser", Remedy, () =>
    {
        double norm = Math.Sqrt(_numbers.Gradients.mul(_numbers.Gradients).sum(ScalarType.Float64).item<double>());
        if (double.IsFinite(norm))
        {
            // As PyTorch clips: the 1e-6 keeps a norm of 0 from being divided by.
            float clip = (float)Math.Min(1.0, gradientNormMax / (norm + 1e-6));
            _numbers.Step(optimizer, learningRate, clip, stepNumber);
            _isAhead = true;
        }

        ClearGradients();
        return norm;
    });

    /// <inheritdoc/>
    public void ClearGradients()
    {
        using IDisposable noTape = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _numbers.Gradients.zero_();
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        using HostTensor first = Fetch(_numbers.FirstMoments);
        using HostTensor second = Fetch(_numbers.SecondMoments);
        AdapterCheckpoint.Save(folder, Adapter, first, second);
    }

    /// <inheritdoc/>
    public void Restore(string folder)
    {
        using var first = new HostTensor(ElementType.F32, _adapter.ParameterCount);
        using var second = new HostTensor(ElementType.F32, _adapter.ParameterCount);
        AdapterCheckpoint.Restore(folder, _model, _adapter, first, second);
        _adapter.UpdateGains(_model);
        _device.Run("A checkpoint", Remedy, () =>
        {
            _numbers.CopyFrom(_adapter, _device);
            Put(first, _numbers.FirstMoments);
            Put(second, _numbers.SecondMoments);
        });
        _isAhead = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _numbers.Dispose();
        _lease.Dispose();
        _adapter.Dispose();
    }

    // What the tape keeps of a layer, about: the norms, products and their curves in single precision.
    private static long BytesPerToken(ModelConfig config) => sizeof(float) * config.LayerCount * (
        (8L * config.HiddenSize) + (6L * config.QuerySize) + (8L * config.KeyValueSize) + (6L * config.FeedForwardSize));

    private void CheckRow(PackedRow row)
    {
        if (row.TokenCount > _tokensMax)
        {
            throw new ArgumentException($"The row has {row.TokenCount} tokens; a pass takes {_tokensMax}.", nameof(row));
        }

        foreach (int id in row.Ids.AsSpan(0, row.TokenCount))
        {
            if (id < 0 || id >= _model.Config.VocabularySize)
            {
                throw new ArgumentException($"Token {id} does not exist; the vocabulary has {_model.Config.VocabularySize}.", nameof(row));
            }
        }
    }

    private unsafe HostTensor Fetch(torch.Tensor tensor)
    {
        var host = new HostTensor(ElementType.F32, _adapter.ParameterCount);
        _device.Run("A copy of the moments", Remedy, () => HostCopy.Download((float*)host.Pointer, tensor));
        return host;
    }

    private unsafe void Put(HostTensor from, torch.Tensor into)
        => into.copy_(HostCopy.Upload(from.Pointer, ScalarType.Float32, [_adapter.ParameterCount], _device));
}
