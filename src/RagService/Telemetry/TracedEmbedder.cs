using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Telemetry;

/// <summary>An embedder whose calls are spans.</summary>
internal sealed class TracedEmbedder(IEmbedder inner, RetrievalTelemetry telemetry) : IEmbedder
{
    // A hash is no name to read, but its beginning tells encoders apart.
    private readonly string _name = $"encoder-{inner.EncoderId[..Math.Min(12, inner.EncoderId.Length)]}";

    public string EncoderId => inner.EncoderId;

    public int Dimensions => inner.Dimensions;

    public Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellation) =>
        telemetry.EmbedAsync(_name, inner.Dimensions, texts.Count, () => inner.EmbedAsync(texts, cancellation));

    public double KnownShare(string text) => inner.KnownShare(text);
}
