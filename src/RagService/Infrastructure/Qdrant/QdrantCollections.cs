using System.Globalization;
using Microsoft.Extensions.Options;
using Qdrant.Client;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Index;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Search;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>
/// The collection of the present encoder: named for it and its dimension, reached by an alias, so that a new one can be
/// filled beside the old one and take its place in one step.
/// </summary>
internal sealed class QdrantCollections(
    QdrantClient client, QdrantConnection connection, IEmbedder embedder, IOptions<QdrantOptions> options, IOptions<SearchOptions> search)
{
    /// <summary>The first version that keeps what a collection says about itself. An older one would lose whose it is.</summary>
    public static readonly Version VersionMin = new(1, 16);

    private const string Encoder = "encoder";
    private const string Dimension = "dimension";
    private const string Quantization = "quantization";
    private const string AverageWords = "average_words";
    private const string Owner = "made_by";

    /// <summary>What everybody reads from and writes to.</summary>
    public string Alias { get; } = $"{options.Value.Prefix}-{Short(embedder.EncoderId)}-{embedder.Dimensions}";

    /// <summary>Makes sure that the alias leads to a collection that fits.</summary>
    /// <returns>The collection behind the alias.</returns>
    /// <exception cref="VectorStoreException">The server does not answer, is too old, or holds something else under that name.</exception>
    public async Task<QdrantCollection> EnsureAsync(CancellationToken cancellation)
    {
        Version server = await CheckVersionAsync(cancellation);
        string? collection = await FindAsync(cancellation);
        if (collection is null)
        {
            string made = await CreateAsync(1, cancellation);
            await SwitchAsync(made, null, cancellation);
            return new QdrantCollection(made, IsPresent: true, HasWords: NeedsWords, server);
        }

        CollectionInfo info = await Guard("describe its collection", () => client.GetCollectionInfoAsync(collection, cancellation), cancellation);
        Check(collection, info);
        bool hasWords = info.Config.Params.SparseVectorsConfig is { } sparse
            && sparse.Map.TryGetValue(SparseWords.VectorName, out SparseVectorParams? words) && words.Modifier == Modifier.Idf;
        bool isPresent = Setting(info, Quantization) == options.Value.Quantization
            && (!NeedsWords || (hasWords && Number(info, AverageWords) == options.Value.AverageWords));
        return new QdrantCollection(collection, isPresent, hasWords, server);
    }

    /// <summary>Whether words are to be ranked in the server, which knows the one BM25 only.</summary>
    public bool NeedsWords => options.Value.Hybrid != "service" && search.Value.KeywordScoring == KeywordScoring.Lucene;

    /// <summary>An empty collection with the present settings, beside the one that the alias leads to.</summary>
    public async Task<string> CreateNextAsync(string collection, CancellationToken cancellation)
    {
        string number = collection[(collection.LastIndexOf('-') + 1)..];
        int last = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int known) ? known : 0;
        return await CreateAsync(last + 1, cancellation);
    }

    /// <summary>Leads the alias to another collection in one step, and deletes the one it led to.</summary>
    public async Task SwitchAsync(string collection, string? old, CancellationToken cancellation)
    {
        var steps = new List<AliasOperations>();
        if (old is not null)
        {
            steps.Add(new AliasOperations { DeleteAlias = new DeleteAlias { AliasName = Alias } });
        }

        steps.Add(new AliasOperations { CreateAlias = new CreateAlias { AliasName = Alias, CollectionName = collection } });
        await Guard("lead the alias to its collection", () => client.UpdateAliasesAsync(steps, null, cancellation), cancellation);
        if (old is not null)
        {
            await Guard("delete the old collection", () => client.DeleteCollectionAsync(old, null, cancellation), cancellation);
        }
    }

    private async Task<Version> CheckVersionAsync(CancellationToken cancellation)
    {
        HealthCheckReply health = await Guard("say its version", () => client.HealthAsync(cancellation), cancellation);
        string number = health.Version.Split('-')[0];
        if (!Version.TryParse(number, out Version? version) || version < VersionMin)
        {
            throw new VectorStoreException(
                $"Qdrant at {connection.Endpoint} is version '{health.Version}', and {VersionMin} or later is needed. Update the server.", isAway: false);
        }

        return version;
    }

    private async Task<string?> FindAsync(CancellationToken cancellation)
    {
        IReadOnlyList<AliasDescription> aliases = await Guard("list its aliases", () => client.ListAliasesAsync(cancellation), cancellation);
        return aliases.FirstOrDefault(alias => alias.AliasName == Alias)?.CollectionName;
    }

    private async Task<string> CreateAsync(int number, CancellationToken cancellation)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Alias}-{number}");

        // One that was begun and never filled to the end leads nowhere: nobody misses it.
        if (await Guard("look for a collection", () => client.CollectionExistsAsync(name, cancellation), cancellation))
        {
            await Guard("delete a half-filled collection", () => client.DeleteCollectionAsync(name, null, cancellation), cancellation);
        }

        var vectors = new VectorParams { Size = (ulong)embedder.Dimensions, Distance = Distance.Cosine };
        var about = new Dictionary<string, Value>
        {
            [Encoder] = embedder.EncoderId,
            [Dimension] = (long)embedder.Dimensions,
            [Quantization] = options.Value.Quantization,
            [Owner] = "ratchet",
        };
        SparseVectorConfig? words = null;
        if (NeedsWords)
        {
            about[AverageWords] = (long)options.Value.AverageWords;
            words = new Dictionary<string, SparseVectorParams> { [SparseWords.VectorName] = new SparseVectorParams { Modifier = Modifier.Idf } };
        }

        await Guard(
            "create a collection",
            () => client.CreateCollectionAsync(
                name, vectors, about, shardNumber: (uint)options.Value.ShardNumber, replicationFactor: (uint)options.Value.ReplicationFactor,
                quantizationConfig: Quantized(), sparseVectorsConfig: words, cancellationToken: cancellation),
            cancellation);
        foreach (string field in QdrantPoints.Indexed)
        {
            await Guard(
                "index a field",
                () => client.CreatePayloadIndexAsync(name, field, PayloadSchemaType.Keyword, cancellationToken: cancellation),
                cancellation);
        }

        return name;
    }

    private void Check(string collection, CollectionInfo info)
    {
        ulong size = info.Config.Params.VectorsConfig.Params?.Size ?? 0;
        string? encoder = Setting(info, Encoder);
        if (size == (ulong)embedder.Dimensions && encoder == embedder.EncoderId)
        {
            return;
        }

        throw new VectorStoreException(
            $"The collection '{collection}' of Qdrant at {connection.Endpoint} holds vectors of {size} numbers, made by the encoder "
            + $"'{encoder ?? "unknown"}'; the present encoder '{embedder.EncoderId}' makes {embedder.Dimensions}. Vectors of two encoders are never "
            + $"compared: delete the alias '{Alias}', or set Qdrant__Prefix to another name.",
            isAway: false);
    }

    private QuantizationConfig? Quantized() => options.Value.Quantization switch
    {
        "int8" => new QuantizationConfig { Scalar = new ScalarQuantization { Type = QuantizationType.Int8 } },
        "binary" => new QuantizationConfig { Binary = new BinaryQuantization() },
        _ => null,
    };

    private static string? Setting(CollectionInfo info, string name) =>
        info.Config.Metadata.TryGetValue(name, out Value? value) ? value.StringValue : null;

    private static long? Number(CollectionInfo info, string name) =>
        info.Config.Metadata.TryGetValue(name, out Value? value) ? value.IntegerValue : null;

    private static string Short(string encoder) => encoder.Length <= 12 ? encoder : encoder[..12];

    private Task<T> Guard<T>(string what, Func<Task<T>> call, CancellationToken cancellation) =>
        QdrantFaults.GuardAsync(connection.Endpoint, what, call, cancellation);

    private Task<bool> Guard(string what, Func<Task> call, CancellationToken cancellation) => QdrantFaults.GuardAsync(
        connection.Endpoint,
        what,
        async () =>
        {
            await call();
            return true;
        },
        cancellation);
}

/// <summary>The collection that an alias leads to.</summary>
/// <param name="Name">Its own name.</param>
/// <param name="IsPresent">Whether its settings are the present ones; else a new one is to be filled.</param>
/// <param name="HasWords">Whether its points have a sparse vector of words.</param>
/// <param name="Server">The server's version.</param>
internal sealed record QdrantCollection(string Name, bool IsPresent, bool HasWords, Version Server);
