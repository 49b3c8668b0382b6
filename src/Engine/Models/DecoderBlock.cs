namespace Ratchet.Engine.Models;

/// <summary>One layer of a decoder.</summary>
/// <remarks>
/// <code>
/// usual      x += attention(norm(x));                x += feedForward(norm(x))
/// Gemma 2    x += norm(attention(norm(x)));          x += norm(feedForward(norm(x)))
/// Phi        x += attention(n) + feedForward(n)      with n = norm(x)
/// </code>
/// </remarks>
/// <param name="attentionNorm">Before attention.</param>
/// <param name="attention">Attention and its linear layers.</param>
/// <param name="feedForwardNorm">Before the feed-forward layer; null where that reads what attention reads.</param>
/// <param name="feedForward">The feed-forward layer.</param>
/// <param name="postAttentionNorm">Over what attention gives, or null.</param>
/// <param name="postFeedForwardNorm">Over what the feed-forward layer gives, or null.</param>
public sealed class DecoderBlock(
    NormLayer attentionNorm, Attention attention, NormLayer? feedForwardNorm, FeedForward feedForward,
    NormLayer? postAttentionNorm = null, NormLayer? postFeedForwardNorm = null) : IDisposable
{
    /// <summary>Before attention.</summary>
    public NormLayer AttentionNorm => attentionNorm;

    /// <summary>Attention and its linear layers.</summary>
    public Attention Attention => attention;

    /// <summary>Over what attention gives, or null.</summary>
    public NormLayer? PostAttentionNorm => postAttentionNorm;

    /// <summary>Before the feed-forward layer; null where that reads what attention reads.</summary>
    public NormLayer? FeedForwardNorm => feedForwardNorm;

    /// <summary>The feed-forward layer.</summary>
    public FeedForward FeedForward => feedForward;

    /// <summary>Over what the feed-forward layer gives, or null.</summary>
    public NormLayer? PostFeedForwardNorm => postFeedForwardNorm;

    /// <summary>Its linear layers, in the order of <see cref="LinearLayer.Index"/>.</summary>
    public IEnumerable<LinearLayer> Linears => [.. attention.Inputs, attention.Output, .. feedForward.Inputs, feedForward.Down];

    /// <summary>Its norms, in the order in which they run.</summary>
    public IEnumerable<NormLayer> Norms
    {
        get
        {
            NormLayer?[] all = [attentionNorm, attention.QueryNorm, attention.KeyNorm, postAttentionNorm, feedForwardNorm, postFeedForwardNorm];
            return all.OfType<NormLayer>();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NormLayer norm in Norms)
        {
            norm.Dispose();
        }

        attention.Dispose();
        feedForward.Dispose();
    }
}
