using System.ComponentModel.DataAnnotations;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>How Qdrant is used, from the section "Qdrant"; where it is stands in ConnectionStrings:qdrant. Checked at the start.</summary>
internal sealed record QdrantOptions
{
    public const string Section = "Qdrant";

    /// <summary>Begins the name of every collection; another one for each installation that shares a server.</summary>
    [RegularExpression("^[a-z0-9][a-z0-9_-]{0,31}$")]
    public string Prefix { get; init; } = "ratchet";

    /// <summary>Smaller copies of the vectors to search in: none, int8 (a quarter) or binary (a 32nd). A change fills a new collection.</summary>
    [RegularExpression("^(none|int8|binary)$")]
    public string Quantization { get; init; } = "none";

    /// <summary>Compares with every vector instead of following the graph: slower from some 100,000 chunks on, misses nothing.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// Who ranks by words: auto (Qdrant where its collection has words, and the service fuses), server (Qdrant fuses too, by its
    /// own formula) or service (its own index, as without Qdrant). Words that a collection lacks fill a new collection.
    /// </summary>
    [RegularExpression("^(auto|server|service)$")]
    public string Hybrid { get; init; } = "auto";

    /// <summary>How many words a chunk has on the average, for BM25 in Qdrant. A change fills a new collection.</summary>
    [Range(1, 10_000)]
    public int AverageWords { get; init; } = 96;

    /// <summary>Points in one request.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; init; } = 256;

    /// <summary>How long one call may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a server that is away is asked again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Copies of each collection in a cluster.</summary>
    [Range(1, 64)]
    public int ReplicationFactor { get; init; } = 1;

    /// <summary>Parts that a collection is cut into in a cluster.</summary>
    [Range(1, 1024)]
    public int ShardNumber { get; init; } = 1;
}
