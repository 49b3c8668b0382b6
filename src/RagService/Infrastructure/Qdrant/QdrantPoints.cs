using System.Security.Cryptography;
using System.Text;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Chunks as points: their ids, what is kept with the vector, and the filters over it.</summary>
internal static class QdrantPoints
{
    public const string Chunk = "chunk";
    public const string Document = "document";
    public const string Collection = "collection";

    /// <summary>All metadata in one field, name and value joined: one index serves every name there will ever be.</summary>
    public const string Labels = "labels";

    /// <summary>Stands for what was embedded: a document's title may change under the same chunks.</summary>
    public const string Text = "text";

    // Servers call the vector without a name so, where there are others beside it.
    private const string Unnamed = "";

    private const char Join = '\u001f';

    /// <summary>The fields that searches filter by.</summary>
    public static readonly string[] Indexed = [Collection, Document, Labels];

    /// <summary>The same chunk is the same point, in every process: a UUID of version 8 made of the chunk id's SHA-256.</summary>
    public static Guid IdOf(string chunkId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(chunkId), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>The point of a chunk; with words where the collection has them.</summary>
    /// <param name="averageWords">The average length that BM25 counts with; null for a collection without words.</param>
    public static PointStruct Of(VectorEntry entry, int? averageWords)
    {
        float[] unit = Unit(entry.Vector.Span);
        var point = new PointStruct { Id = IdOf(entry.ChunkId) };
        point.Vectors = averageWords is { } average
            ? new Dictionary<string, Vector> { [Unnamed] = unit, [SparseWords.VectorName] = SparseWords.OfChunk(entry.SearchText, average) }
            : unit;
        point.Payload[Chunk] = entry.ChunkId;
        point.Payload[Document] = entry.Labels.DocumentId;
        point.Payload[Collection] = entry.Labels.Collection;
        point.Payload[Labels] = LabelsOf(entry.Labels);
        point.Payload[Text] = Digest(entry.SearchText);
        return point;
    }

    /// <summary>Tells whether a point is what the entry would be; the encoder is the same in a collection.</summary>
    public static string Fingerprint(VectorEntry entry) => string.Join(
        '\n', [entry.ChunkId, entry.Labels.DocumentId, entry.Labels.Collection, Digest(entry.SearchText), .. LabelsOf(entry.Labels)]);

    public static string Fingerprint(RetrievedPoint point) => string.Join(
        '\n',
        [
            Field(point, Chunk), Field(point, Document), Field(point, Collection), Field(point, Text),
            .. point.Payload[Labels].ListValue.Values.Select(value => value.StringValue),
        ]);

    /// <summary>The numbers of the vector that embeds, whatever else the point has.</summary>
    public static IEnumerable<float> Numbers(VectorsOutput vectors) =>
        (vectors.Vector ?? vectors.Vectors?.Vectors[Unnamed])?.GetDenseVector()?.Data ?? Enumerable.Empty<float>();

    public static Filter? FilterOf(ChunkFilter filter)
    {
        if (filter.Collection is null && filter.Conditions.Count == 0)
        {
            return null;
        }

        var wanted = new Filter();
        if (filter.Collection is not null)
        {
            wanted.Must.Add(Conditions.MatchKeyword(Collection, filter.Collection));
        }

        foreach (MetadataCondition condition in filter.Conditions)
        {
            wanted.Must.Add(Conditions.Match(Labels, [.. condition.Values.Select(value => Label(condition.Name, value))]));
        }

        return wanted;
    }

    // In double, as the embedded store: v and 2v are the same bits.
    public static float[] Unit(ReadOnlySpan<float> vector)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }

        float[] unit = vector.ToArray();
        double length = Math.Sqrt(squares);
        for (int i = 0; i < unit.Length && squares > 0; i++)
        {
            unit[i] = (float)(unit[i] / length);
        }

        return unit;
    }

    private static string[] LabelsOf(ChunkLabels labels) =>
        [.. labels.Metadata.Select(pair => Label(pair.Key, pair.Value)).Order(StringComparer.Ordinal)];

    private static string Label(string name, string value) => name + Join + value;

    private static string Digest(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    private static string Field(RetrievedPoint point, string field) =>
        point.Payload.TryGetValue(field, out Value? value) ? value.StringValue : "";
}
