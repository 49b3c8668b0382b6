using Ratchet.Engine.Adapters;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>Computes losses, gradients and steps of an adapter on a frozen base. One caller at a time.</summary>
/// <remarks>The managed one is <see cref="ManagedTrainingBackend"/>. What comes when is decided by <see cref="FineTuningRun"/>.</remarks>
public interface ITrainingBackend : IDisposable
{
    /// <summary>The adapter as it is now.</summary>
    LoraAdapter Adapter { get; }

    /// <summary>Adds the gradients of one packed row.</summary>
    /// <param name="row">Samples one after another; no padding.</param>
    /// <param name="stepTargetCount">Targets of the whole step: each row's loss is divided by it.</param>
    /// <param name="dropoutKey">Names the row's dropout masks; see <see cref="Kernels.DropoutKernel"/>.</param>
    /// <returns>Σ negative log-likelihood over the row's targets.</returns>
    double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey);

    /// <summary>Clips the gradients, moves the adapter by one step and clears the gradients.</summary>
    /// <param name="optimizer">Settings.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="gradientNormMax">Gradients of a larger norm are scaled down to it.</param>
    /// <param name="stepNumber">From 1.</param>
    /// <returns>The norm before clipping; where it is not a number, nothing was moved.</returns>
    double Apply(AdamWConfig optimizer, float learningRate, float gradientNormMax, int stepNumber);

    /// <summary>Forgets gradients that were added and not applied.</summary>
    void ClearGradients();

    /// <summary>Σ negative log-likelihood over the row's targets, without dropout and without gradients.</summary>
    /// <param name="row">Samples one after another; no padding.</param>
    double Evaluate(PackedRow row);

    /// <summary>Writes what <see cref="Restore"/> needs: the adapter and its moments in single precision.</summary>
    /// <param name="folder">Is there and empty.</param>
    void Save(string folder);

    /// <summary>Goes back to what <see cref="Save"/> wrote.</summary>
    /// <param name="folder">As given to <see cref="Save"/>.</param>
    void Restore(string folder);
}
