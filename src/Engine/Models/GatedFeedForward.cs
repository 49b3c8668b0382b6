namespace Ratchet.Engine.Models;

/// <summary>SwiGLU: down · (silu(gate · x) ⊙ (up · x)).</summary>
/// <param name="gate">[feedForward, hidden].</param>
/// <param name="up">[feedForward, hidden].</param>
/// <param name="down">[hidden, feedForward].</param>
public sealed class GatedFeedForward(LinearLayer gate, LinearLayer up, LinearLayer down) : IDisposable
{
    /// <summary>gate_proj.</summary>
    public LinearLayer Gate => gate;

    /// <summary>up_proj.</summary>
    public LinearLayer Up => up;

    /// <summary>down_proj.</summary>
    public LinearLayer Down => down;

    /// <inheritdoc/>
    public void Dispose()
    {
        gate.Dispose();
        up.Dispose();
        down.Dispose();
    }
}
