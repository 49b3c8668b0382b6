using Ratchet.Engine.Evaluation;
using Ratchet.Engine.Models;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>BERTScore with an encoder of the engine. References come again for every arm, and are encoded once.</summary>
/// <param name="path">A GGUF file or a Hugging Face folder.</param>
public sealed class ManagedComparer(string path) : IAnswerComparer
{
    private readonly LoadedEncoder _encoder = ModelLoader.LoadEncoder(path);
    private readonly Dictionary<string, float[]> _references = new(StringComparer.Ordinal);

    public double Compare(string written, string reference)
    {
        if (!_references.TryGetValue(reference, out float[]? wanted))
        {
            wanted = _encoder.TokenVectors(reference);
            _references[reference] = wanted;
        }

        return BertScore.Of(_encoder.TokenVectors(written), wanted, _encoder.Dimensions).F1;
    }

    public void Dispose() => _encoder.Dispose();
}
