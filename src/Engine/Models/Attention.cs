namespace Ratchet.Engine.Models;

/// <summary>The linear layers around attention.</summary>
/// <param name="inputs">
/// [query, key, value], each [heads · headSize, hidden] of its heads; or one layer that gives all three, one after another.
/// </param>
/// <param name="output">[hidden, heads · headSize].</param>
/// <param name="queryNorm">Over each head of the queries before they are turned (Qwen 3), or null.</param>
/// <param name="keyNorm">Likewise of the keys.</param>
public sealed class Attention(
    IReadOnlyList<LinearLayer> inputs, LinearLayer output, NormLayer? queryNorm = null, NormLayer? keyNorm = null) : IDisposable
{
    /// <summary>What reads the normalised input: query, key and value, or all of them in one.</summary>
    public IReadOnlyList<LinearLayer> Inputs => inputs;

    /// <summary>Whether one layer gives queries, keys and values.</summary>
    public bool IsFused => inputs.Count == 1;

    /// <summary>q_proj.</summary>
    public LinearLayer Query => inputs[0];

    /// <summary>k_proj.</summary>
    public LinearLayer Key => inputs[1];

    /// <summary>v_proj.</summary>
    public LinearLayer Value => inputs[2];

    /// <summary>o_proj.</summary>
    public LinearLayer Output => output;

    /// <summary>Over each head of the queries, or null.</summary>
    public NormLayer? QueryNorm => queryNorm;

    /// <summary>Over each head of the keys, or null.</summary>
    public NormLayer? KeyNorm => keyNorm;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LinearLayer layer in inputs)
        {
            layer.Dispose();
        }

        output.Dispose();
        queryNorm?.Dispose();
        keyNorm?.Dispose();
    }
}
