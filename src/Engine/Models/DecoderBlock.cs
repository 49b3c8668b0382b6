using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>x += attention(norm(x)); x += feedForward(norm(x)).</summary>
/// <param name="attentionNorm">Gain [hidden], F32.</param>
/// <param name="attention">Attention and its linear layers.</param>
/// <param name="feedForwardNorm">Gain [hidden], F32.</param>
/// <param name="feedForward">The feed-forward layer.</param>
public sealed class DecoderBlock(Tensor attentionNorm, Attention attention, Tensor feedForwardNorm, GatedFeedForward feedForward)
    : IDisposable
{
    /// <summary>Gain [hidden], F32.</summary>
    public Tensor AttentionNorm => attentionNorm;

    /// <summary>Attention and its linear layers.</summary>
    public Attention Attention => attention;

    /// <summary>Gain [hidden], F32.</summary>
    public Tensor FeedForwardNorm => feedForwardNorm;

    /// <summary>The feed-forward layer.</summary>
    public GatedFeedForward FeedForward => feedForward;

    /// <inheritdoc/>
    public void Dispose()
    {
        attentionNorm.Dispose();
        attention.Dispose();
        feedForwardNorm.Dispose();
        feedForward.Dispose();
    }
}
