using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>Says which encoder there is; the tests bring their own vectors.</summary>
internal sealed class FixedEmbedder(string id = "encoder-of-the-tests", int dimensions = 2) : IEmbedder
{
    public string EncoderId => id;

    public int Dimensions => dimensions;

    public Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellation) =>
        throw new NotSupportedException("The tests bring their own vectors.");

    public double KnownShare(string text) => 1;
}
