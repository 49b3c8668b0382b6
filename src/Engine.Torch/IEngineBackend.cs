using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training;

namespace Ratchet.Engine.Torch;

/// <summary>What computes for a process: makes the backends of training and of inference on one device.</summary>
public interface IEngineBackend : IDisposable
{
    /// <summary>"managed" or "torch".</summary>
    string Name { get; }

    /// <summary>"cpu", "cuda:0".</summary>
    string Device { get; }

    /// <summary>One sentence for people: what was chosen, and why it is not what was asked for where it is not.</summary>
    string Reason { get; }

    /// <summary>In which numbers the managed engine trains; torch has its own, <see cref="BackendOptions.Precision"/>.</summary>
    Precision TrainingPrecision => Precision.Float32;

    /// <summary>Computes losses, gradients and steps of an adapter.</summary>
    /// <param name="model">The frozen base; shared, not owned.</param>
    /// <param name="adapter">Owned from here on, also where this throws.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="activationBytesMax">Bytes that kept activations may take.</param>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    ITrainingBackend CreateTraining(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax);

    /// <summary>Runs the model over pieces of sequences.</summary>
    /// <param name="model">Shared, not owned.</param>
    /// <param name="precision">Of the managed engine; torch has its own, <see cref="BackendOptions.Precision"/>.</param>
    /// <param name="tokensMax">Tokens of one pass.</param>
    /// <param name="promptPrecision">Of the managed engine, for tokens that are read and not sampled; null for <paramref name="precision"/>.</param>
    /// <param name="cachePrecision">Of the managed engine's keys and values; null for what suits <paramref name="precision"/>.</param>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    IInferenceBackend CreateInference(
        DecoderModel model, Precision precision, int tokensMax, Precision? promptPrecision = null, CachePrecision? cachePrecision = null);
}
