using Ratchet.Engine.Adapters;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

/// <summary>Computes losses, gradients and steps of an adapter on a frozen base, or of the base itself. One caller at a time.</summary>
/// <remarks>The managed one is <see cref="ManagedTrainingBackend"/>. What comes when is decided by <see cref="FineTuningRun"/>.</remarks>
public interface ITrainingBackend : IDisposable
{
    /// <summary>The adapter as it is now.</summary>
    /// <exception cref="InvalidOperationException">The model's own weights learn.</exception>
    LoraAdapter Adapter { get; }

    /// <summary>Whether an adapter learns; else weights of the model do.</summary>
    bool HasAdapter => true;

    /// <summary>Whether targets may be smoothed; a run that asks for it is refused by a backend that cannot.</summary>
    bool SmoothsLabels => false;

    /// <summary>Whether pairs may be learned from (DPO).</summary>
    bool LearnsPreferences => false;

    /// <summary>
    /// Keys that the segments of one <see cref="SharedRow"/> may read together; 0 where samples share nothing: the backend knows no such
    /// rows, or dropout draws a mask for each sample.
    /// </summary>
    int SharedKeysMax => 0;

    /// <summary>Numbers that learn.</summary>
    long ParameterCount => Adapter.ParameterCount;

    /// <summary>Adds the gradients of one packed row.</summary>
    /// <param name="row">Samples one after another; no padding.</param>
    /// <param name="stepTargetCount">Targets of the whole step: each row's loss is divided by it.</param>
    /// <param name="dropoutKey">Names the row's dropout masks; see <see cref="Kernels.DropoutKernel"/>.</param>
    /// <returns>Σ negative log-likelihood over the row's targets.</returns>
    double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey);

    /// <summary>As the other, with smoothed targets.</summary>
    /// <param name="row">Samples one after another; no padding.</param>
    /// <param name="stepTargetCount">Targets of the whole step.</param>
    /// <param name="dropoutKey">Names the row's dropout masks.</param>
    /// <param name="labelSmoothing">Share of each target that is spread over the vocabulary.</param>
    /// <returns>Σ loss over the row's targets.</returns>
    /// <exception cref="NotSupportedException">The backend does not smooth.</exception>
    double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey, float labelSmoothing) => labelSmoothing == 0f
        ? Accumulate(row, stepTargetCount, dropoutKey)
        : throw new NotSupportedException($"{GetType().Name} does not smooth labels. Set LabelSmoothing to 0, or train on the managed engine.");

    /// <summary>Adds the gradients of samples that share their beginnings: those of the packed samples but for the order of sums.</summary>
    /// <param name="row">At most <see cref="SharedKeysMax"/> keys.</param>
    /// <param name="stepTargetCount">Targets of the whole step.</param>
    /// <param name="labelSmoothing">Share of each target that is spread over the vocabulary.</param>
    /// <returns>Σ loss over the row's targets.</returns>
    /// <exception cref="NotSupportedException">The backend shares nothing.</exception>
    double Accumulate(SharedRow row, int stepTargetCount, float labelSmoothing) => throw SharesNothing();

    /// <summary>Adds the gradients of pairs (DPO).</summary>
    /// <param name="row">Pairs, the chosen answer of each before the rejected one.</param>
    /// <param name="reference">As <see cref="Reference"/> gave them for this row.</param>
    /// <param name="beta">β.</param>
    /// <param name="stepPairCount">Pairs of the whole step.</param>
    /// <param name="dropoutKey">Names the row's dropout masks.</param>
    /// <param name="outcomes">Output, one for each pair.</param>
    /// <exception cref="NotSupportedException">The backend learns from samples alone.</exception>
    void AccumulatePreferences(
        PackedRow row, ReadOnlySpan<double> reference, float beta, int stepPairCount, ulong dropoutKey, Span<PreferenceOutcome> outcomes)
        => throw new NotSupportedException($"{GetType().Name} does not learn from preferences (DPO). Train on the managed engine.");

    /// <summary>Σ log-probability of each sample's targets under the base alone.</summary>
    /// <param name="row">Samples one after another; no padding.</param>
    /// <param name="logProbabilities">Output, one for each sample.</param>
    /// <exception cref="NotSupportedException">The backend learns from samples alone.</exception>
    void Reference(PackedRow row, Span<double> logProbabilities)
        => throw new NotSupportedException($"{GetType().Name} does not learn from preferences (DPO). Train on the managed engine.");

    /// <summary>Clips the gradients, moves what learns by one step and clears the gradients.</summary>
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

    /// <summary>As the other, for samples that share their beginnings.</summary>
    /// <param name="row">At most <see cref="SharedKeysMax"/> keys.</param>
    /// <exception cref="NotSupportedException">The backend shares nothing.</exception>
    double Evaluate(SharedRow row) => throw SharesNothing();

    /// <summary>Writes what <see cref="Restore"/> needs: what learns and its moments in single precision.</summary>
    /// <param name="folder">Is there and empty.</param>
    void Save(string folder);

    /// <summary>Goes back to what <see cref="Save"/> wrote.</summary>
    /// <param name="folder">As given to <see cref="Save"/>.</param>
    void Restore(string folder);

    private NotSupportedException SharesNothing()
        => new($"{GetType().Name} computes every sample whole: it shares no prefixes. Set PrefixSharing to false, or train on the managed engine.");
}
