using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Contracts;

namespace Ratchet.Engine.Tests.Models;

public sealed class ManagedInferenceBackendTests : InferenceBackendContract
{
    protected override float NeighbourAtol => 0f;

    protected override IInferenceBackend Create(DecoderModel model, int tokensMax) => new DecoderRunner(model, Precision.Float32, tokensMax);
}
