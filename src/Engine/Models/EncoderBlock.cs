namespace Ratchet.Engine.Models;

/// <summary>x = norm(x + attention(x)); x = norm(x + down(gelu(up(x)))).</summary>
/// <param name="attention">Attention and its linear layers.</param>
/// <param name="attentionNorm">After attention.</param>
/// <param name="up">[feedForward, hidden].</param>
/// <param name="down">[hidden, feedForward].</param>
/// <param name="outputNorm">After the feed-forward layer.</param>
public sealed class EncoderBlock(Attention attention, LayerNorm attentionNorm, LinearLayer up, LinearLayer down, LayerNorm outputNorm)
    : IDisposable
{
    /// <summary>Attention and its linear layers.</summary>
    public Attention Attention => attention;

    /// <summary>After attention.</summary>
    public LayerNorm AttentionNorm => attentionNorm;

    /// <summary>[feedForward, hidden].</summary>
    public LinearLayer Up => up;

    /// <summary>[hidden, feedForward].</summary>
    public LinearLayer Down => down;

    /// <summary>After the feed-forward layer.</summary>
    public LayerNorm OutputNorm => outputNorm;

    /// <inheritdoc/>
    public void Dispose()
    {
        attention.Dispose();
        attentionNorm.Dispose();
        up.Dispose();
        down.Dispose();
        outputNorm.Dispose();
    }
}
