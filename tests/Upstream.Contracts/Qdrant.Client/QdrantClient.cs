using Microsoft.Extensions.Logging;
using Qdrant.Client.Grpc;

namespace Qdrant.Client;

public class QdrantException : Exception
{
    public QdrantException(string message) => throw null!;
}

public class QdrantClient : IDisposable
{
    public QdrantClient(Uri address, string? apiKey = null, TimeSpan grpcTimeout = default, ILoggerFactory? loggerFactory = null) => throw null!;

    public Task CreateCollectionAsync(string collectionName, VectorParams vectorsConfig, Dictionary<string, Value> metadata, uint shardNumber = 1, uint replicationFactor = 1, uint writeConsistencyFactor = 1, bool onDiskPayload = false, HnswConfigDiff? hnswConfig = null, OptimizersConfigDiff? optimizersConfig = null, WalConfigDiff? walConfig = null, QuantizationConfig? quantizationConfig = null, ShardingMethod? shardingMethod = null, SparseVectorConfig? sparseVectorsConfig = null, StrictModeConfig? strictModeConfig = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<CollectionInfo> GetCollectionInfoAsync(string collectionName, CancellationToken cancellationToken = default) => throw null!;

    public Task DeleteCollectionAsync(string collectionName, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<bool> CollectionExistsAsync(string collectionName, CancellationToken cancellationToken = default) => throw null!;

    public Task UpdateAliasesAsync(IReadOnlyList<AliasOperations> aliasOperations, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<IReadOnlyList<AliasDescription>> ListAliasesAsync(CancellationToken cancellationToken = default) => throw null!;

    public Task<UpdateResult> UpsertAsync(string collectionName, IReadOnlyList<PointStruct> points, bool wait = true, WriteOrderingType? ordering = null, ShardKeySelector? shardKeySelector = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<UpdateResult> DeleteAsync(string collectionName, IReadOnlyList<PointId> ids, bool wait = true, WriteOrderingType? ordering = null, ShardKeySelector? shardKeySelector = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<UpdateResult> DeleteAsync(string collectionName, Filter filter, bool wait = true, WriteOrderingType? ordering = null, ShardKeySelector? shardKeySelector = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<IReadOnlyList<RetrievedPoint>> RetrieveAsync(string collectionName, IReadOnlyList<PointId> ids, bool withPayload = true, bool withVectors = false, ReadConsistency? readConsistency = null, ShardKeySelector? shardKeySelector = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<UpdateResult> CreatePayloadIndexAsync(string collectionName, string fieldName, PayloadSchemaType schemaType = PayloadSchemaType.Keyword, PayloadIndexParams? indexParams = null, bool wait = true, WriteOrderingType? ordering = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<ScrollResponse> ScrollAsync(string collectionName, Filter? filter = null, uint limit = 10, PointId? offset = null, WithPayloadSelector? payloadSelector = null, WithVectorsSelector? vectorsSelector = null, ReadConsistency? readConsistency = null, ShardKeySelector? shardKeySelector = null, OrderBy? orderBy = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<IReadOnlyList<ScoredPoint>> QueryAsync(string collectionName, Query? query = null, IReadOnlyList<PrefetchQuery>? prefetch = null, string? usingVector = null, Filter? filter = null, float? scoreThreshold = null, SearchParams? searchParams = null, ulong limit = 10, ulong offset = 0, WithPayloadSelector? payloadSelector = null, WithVectorsSelector? vectorsSelector = null, ReadConsistency? readConsistency = null, ShardKeySelector? shardKeySelector = null, LookupLocation? lookupFrom = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<IReadOnlyList<BatchResult>> QueryBatchAsync(string collectionName, IReadOnlyList<QueryPoints> queries, ReadConsistency? readConsistency = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<HealthCheckReply> HealthAsync(CancellationToken cancellationToken = default) => throw null!;

    public void Dispose() => throw null!;
}
