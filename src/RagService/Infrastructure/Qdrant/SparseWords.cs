using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Ratchet.RagService.Index;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Words as a sparse vector, of which the server makes BM25 by multiplying with its own inverse document frequencies.</summary>
/// <remarks>
/// <code>
/// chunk    value(t) = tf / (tf + k1 · (1 - b + b · length / average length))
/// question value(t) = how often t stands in it
/// score             = sum over t of idf(t) · question value(t) · chunk value(t),  idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5))
/// </code>
/// That is <see cref="KeywordIndex"/>'s formula but for the average length: a value is written once, so that the average is a
/// fixed number here and not what the chunks of today have.
/// </remarks>
internal static class SparseWords
{
    /// <summary>The vector's name in a collection; the one that embeds has none.</summary>
    public const string VectorName = "words";

    public static (float Value, uint Index)[] OfChunk(string text, int averageLength)
    {
        List<string> tokens = SearchTokens.Of(text);
        double norm = KeywordIndex.Saturation
            * (1 - KeywordIndex.LengthShare + (KeywordIndex.LengthShare * tokens.Count / averageLength));
        return [.. Counted(tokens).Select(term => ((float)(term.Value / (term.Value + norm)), term.Key))];
    }

    public static (float Value, uint Index)[] OfQuestion(IReadOnlyList<string> tokens) =>
        [.. Counted(tokens).Select(term => ((float)term.Value, term.Key))];

    /// <summary>The same word is the same dimension in every process: the first four bytes of its SHA-256.</summary>
    /// <remarks>Of 100,000 different words some two share a dimension with another, and count as one word there.</remarks>
    public static uint DimensionOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash);
    }

    // In order of dimension, as servers keep them.
    private static SortedDictionary<uint, int> Counted(IReadOnlyList<string> tokens)
    {
        var counts = new SortedDictionary<uint, int>();
        foreach (string token in tokens)
        {
            uint dimension = DimensionOf(token);
            counts[dimension] = counts.GetValueOrDefault(dimension) + 1;
        }

        return counts;
    }
}
