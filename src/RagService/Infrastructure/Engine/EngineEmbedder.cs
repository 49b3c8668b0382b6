using Ratchet.Engine.Models;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Engine;

/// <summary>Embeds with the engine's encoder, one pass at a time: a pass uses all cores that it gets.</summary>
/// <param name="encoder">Shared with the token counter, not owned.</param>
internal sealed class EngineEmbedder(LoadedEncoder encoder) : IEmbedder, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly int? _unknown = encoder.Tokenizer.IdOf("[UNK]");

    public string EncoderId => encoder.Sha256;

    public int Dimensions => encoder.Dimensions;

    public async Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => encoder.Embed(texts), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    public double KnownShare(string text)
    {
        int[] tokens = encoder.Tokenizer.Encode(text);
        return tokens.Length == 0 ? 1 : (double)tokens.Count(token => token != _unknown) / tokens.Length;
    }

    public void Dispose() => _turn.Dispose();
}
