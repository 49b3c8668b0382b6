namespace Ratchet.RagService.Ports;

/// <summary>A vector store outside of this process cannot do what it was asked.</summary>
/// <param name="message">Where, what was found, what was needed, what to do.</param>
/// <param name="isAway">Whether the same may succeed in a while, without anybody's doing.</param>
/// <param name="inner">What the client reported.</param>
internal sealed class VectorStoreException(string message, bool isAway, Exception? inner = null) : Exception(message, inner)
{
    public bool IsAway { get; } = isAway;
}
