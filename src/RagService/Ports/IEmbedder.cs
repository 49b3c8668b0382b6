namespace Ratchet.RagService.Ports;

/// <summary>Turns texts into places in embedding space.</summary>
internal interface IEmbedder
{
    /// <summary>SHA-256 of the encoder: vectors of different encoders are never compared.</summary>
    string EncoderId { get; }

    /// <summary>Length of each vector.</summary>
    int Dimensions { get; }

    /// <summary>One vector of length 1 for each text, in order. Text past the encoder's window is not seen.</summary>
    Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellation);

    /// <summary>The share of a text that is in the encoder's vocabulary, 0 to 1: below a half its vectors mean little.</summary>
    double KnownShare(string text);
}
