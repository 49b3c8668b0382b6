using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

/// <summary>Makes what computes for a run.</summary>
/// <param name="model">The frozen base; shared, not owned.</param>
/// <param name="adapter">Owned by what is made.</param>
/// <param name="tokensMax">Tokens of one pass.</param>
/// <param name="activationBytesMax">Bytes that kept activations may take.</param>
public delegate ITrainingBackend TrainingBackendMaker(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax);
