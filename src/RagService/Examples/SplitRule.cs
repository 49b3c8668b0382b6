using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Examples;

/// <summary>Decides what is trained on and what is kept for evaluation: by document, by hash, for ever.</summary>
/// <remarks>Chunks and examples of one document never stand on both sides: a model would be asked what it has read.</remarks>
internal static class SplitRule
{
    /// <param name="pin">What a person chose, if anything.</param>
    /// <param name="isTrainable">Whether the collection may reach weights at all.</param>
    /// <param name="collection">The document's collection.</param>
    /// <param name="key">The sender's id of the document.</param>
    /// <param name="heldOutShare">From 0 to 1.</param>
    public static string OfDocument(string? pin, bool isTrainable, string collection, string key, double heldOutShare) =>
        !isTrainable ? Splits.HeldOut
        : pin ?? (Hash(collection, key) < heldOutShare ? Splits.HeldOut : Splits.Train);

    /// <summary>A number in [0, 1) that belongs to a name for good.</summary>
    private static double Hash(string collection, string key)
    {
        // The separator cannot stand in a collection's name, so no two pairs read the same.
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{collection}\n{key}"));
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
