namespace Ratchet.Engine.Models;

/// <summary>down · (f(gate · x) ⊙ (up · x)), or down · f(up · x) where there is no gate.</summary>
/// <param name="inputs">
/// [gate, up], each [feedForward, hidden]; or one layer [2 · feedForward, hidden] that gives gate, then up; or up alone.
/// </param>
/// <param name="down">[hidden, feedForward].</param>
public sealed class FeedForward(IReadOnlyList<LinearLayer> inputs, LinearLayer down) : IDisposable
{
    /// <summary>What reads the normalised input: gate and up, both in one, or up alone.</summary>
    public IReadOnlyList<LinearLayer> Inputs => inputs;

    /// <summary>down_proj.</summary>
    public LinearLayer Down => down;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LinearLayer layer in inputs)
        {
            layer.Dispose();
        }

        down.Dispose();
    }
}
