using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training;

namespace Ratchet.Engine.Torch;

/// <summary>The engine in managed code, on the CPU.</summary>
internal sealed class ManagedEngineBackend(string reason, string precision) : IEngineBackend
{
    public string Name => BackendOptions.Managed;

    public string Device => "cpu";

    public string Reason => reason;

    public Precision TrainingPrecision { get; } = PrecisionSetting.Read(precision);

    public ITrainingBackend CreateTraining(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax)
        => new ManagedTrainingBackend(model, adapter, tokensMax, activationBytesMax, TrainingPrecision);

    public IInferenceBackend CreateInference(
        DecoderModel model, Precision precision, int tokensMax, Precision? promptPrecision = null, CachePrecision? cachePrecision = null)
        => new DecoderRunner(model, precision, tokensMax, promptPrecision, cachePrecision);

    public void Dispose()
    {
        // Each backend owns its memory.
    }
}
