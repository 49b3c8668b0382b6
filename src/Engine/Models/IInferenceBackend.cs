namespace Ratchet.Engine.Models;

/// <summary>Runs a language model over pieces of several sequences at once, each with its own adapter. One caller at a time.</summary>
/// <remarks>The managed one is <see cref="DecoderRunner"/>. A sequence's numbers do not depend on the others of the pass.</remarks>
public interface IInferenceBackend : IDisposable
{
    /// <summary>Sizes of the model.</summary>
    ModelConfig Config { get; }

    /// <summary>Tokens of one pass, all pieces together.</summary>
    int TokensMax { get; }

    /// <summary>Rows of logits that the last pass left.</summary>
    int LogitRowCount { get; }

    /// <summary>Whether a token that was read leaves other numbers in the cache than the same token where the model has written it.</summary>
    bool ComputesPromptsApart => false;

    /// <summary>Makes an empty cache for one sequence.</summary>
    /// <param name="capacity">Tokens that it must hold.</param>
    ISequenceCache CreateCache(int capacity);

    /// <summary>Bytes of such a cache, for who limits them.</summary>
    /// <param name="capacity">Tokens that it must hold.</param>
    long CacheBytesOf(int capacity) => KeyValueCache.BytesOf(Config, capacity);

    /// <summary>Runs one pass and appends the pieces to their caches. Where it throws, no cache has changed.</summary>
    /// <param name="pieces">At most <see cref="TokensMax"/> tokens together; each cache once.</param>
    void Forward(ReadOnlySpan<SequencePiece> pieces);

    /// <summary>Logits of the last pass: rows in the order of the pieces, and of the tokens in each.</summary>
    /// <param name="row">In [0, <see cref="LogitRowCount"/>).</param>
    ReadOnlySpan<float> Logits(int row);

    /// <summary>As <see cref="Forward"/>, and the log-probability of every target, without logits of all tokens.</summary>
    /// <param name="pieces">As for <see cref="Forward"/>, with targets.</param>
    /// <param name="logProbabilities">Output, one for each token of all pieces in order; 0 where no target is asked.</param>
    void Score(ReadOnlySpan<SequencePiece> pieces, Span<float> logProbabilities);
}
