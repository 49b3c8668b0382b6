using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Contracts;
using Ratchet.Engine.Training;

namespace Ratchet.Engine.Tests.Training;

public sealed class ManagedTrainingBackendTests : TrainingBackendContract
{
    protected override ITrainingBackend Create(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax)
        => new ManagedTrainingBackend(model, adapter, tokensMax, activationBytesMax);
}
