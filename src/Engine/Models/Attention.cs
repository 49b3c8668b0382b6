namespace Ratchet.Engine.Models;

/// <summary>The linear layers around attention.</summary>
/// <param name="query">[heads · headSize, hidden].</param>
/// <param name="key">[keyValueHeads · headSize, hidden].</param>
/// <param name="value">[keyValueHeads · headSize, hidden].</param>
/// <param name="output">[hidden, heads · headSize].</param>
public sealed class Attention(LinearLayer query, LinearLayer key, LinearLayer value, LinearLayer output) : IDisposable
{
    /// <summary>q_proj.</summary>
    public LinearLayer Query => query;

    /// <summary>k_proj.</summary>
    public LinearLayer Key => key;

    /// <summary>v_proj.</summary>
    public LinearLayer Value => value;

    /// <summary>o_proj.</summary>
    public LinearLayer Output => output;

    /// <inheritdoc/>
    public void Dispose()
    {
        query.Dispose();
        key.Dispose();
        value.Dispose();
        output.Dispose();
    }
}
