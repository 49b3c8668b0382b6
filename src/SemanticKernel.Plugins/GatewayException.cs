namespace Ratchet.SemanticKernel.Plugins;

/// <summary>The gateway refused a call, or could not be asked; the message says why and what to do.</summary>
public sealed class GatewayException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">The gateway's own words where it has said any.</param>
    /// <param name="inner">What the connection reported.</param>
    public GatewayException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
