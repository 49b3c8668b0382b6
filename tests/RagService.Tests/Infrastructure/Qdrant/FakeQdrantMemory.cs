using Google.Protobuf;
using Grpc.Core;
using Qdrant.Client.Grpc;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>What the server holds, and how it answers each method of the protocol that the service uses.</summary>
internal sealed class FakeQdrantMemory
{
    private readonly Lock _lock = new();

    public Dictionary<string, FakeCollection> Collections { get; } = [];

    public Dictionary<string, string> Aliases { get; } = [];

    /// <summary>Sizes of the upserts that came.</summary>
    public List<int> Upserts { get; } = [];

    /// <summary>Looks at it while no call changes it.</summary>
    public T Read<T>(Func<FakeQdrantMemory, T> look)
    {
        lock (_lock)
        {
            return look(this);
        }
    }

    public IMessage Answer(string method, byte[] body, string version)
    {
        lock (_lock)
        {
            return method switch
            {
                "Qdrant/HealthCheck" => new HealthCheckReply { Title = "qdrant - vector search engine", Version = version },
                "Collections/ListAliases" => ListAliases(),
                "Collections/UpdateAliases" => UpdateAliases(ChangeAliases.Parser.ParseFrom(body)),
                "Collections/CollectionExists" => Exists(CollectionExistsRequest.Parser.ParseFrom(body)),
                "Collections/Create" => Create(CreateCollection.Parser.ParseFrom(body)),
                "Collections/Delete" => Delete(DeleteCollection.Parser.ParseFrom(body)),
                "Collections/Get" => new GetCollectionInfoResponse
                {
                    Result = Find(GetCollectionInfoRequest.Parser.ParseFrom(body).CollectionName).Describe(),
                },
                "Points/CreateFieldIndex" => Index(CreateFieldIndexCollection.Parser.ParseFrom(body)),
                "Points/Upsert" => Upsert(UpsertPoints.Parser.ParseFrom(body)),
                "Points/Delete" => Delete(DeletePoints.Parser.ParseFrom(body)),
                "Points/Get" => Get(GetPoints.Parser.ParseFrom(body)),
                "Points/Query" => Query(QueryPoints.Parser.ParseFrom(body), version),
                "Points/QueryBatch" => Query(QueryBatchPoints.Parser.ParseFrom(body), version),
                "Points/Scroll" => Scroll(ScrollPoints.Parser.ParseFrom(body)),
                _ => throw Fault(StatusCode.Unimplemented, $"{method} is not known"),
            };
        }
    }

    /// <summary>The collection that an alias, or its own name, leads to.</summary>
    public FakeCollection Find(string name) => Collections.TryGetValue(Aliases.GetValueOrDefault(name, name), out FakeCollection? found)
        ? found
        : throw Fault(StatusCode.NotFound, $"Not found: Collection `{name}` doesn't exist!");

    private ListAliasesResponse ListAliases()
    {
        var answer = new ListAliasesResponse();
        answer.Aliases.AddRange(Aliases.Select(alias => new AliasDescription { AliasName = alias.Key, CollectionName = alias.Value }));
        return answer;
    }

    private CollectionOperationResponse UpdateAliases(ChangeAliases request)
    {
        foreach (AliasOperations action in request.Actions)
        {
            if (action.DeleteAlias is { } gone)
            {
                Aliases.Remove(gone.AliasName);
            }
            else if (action.CreateAlias is { } made)
            {
                Find(made.CollectionName);
                Aliases[made.AliasName] = made.CollectionName;
            }
        }

        return new CollectionOperationResponse { Result = true };
    }

    private CollectionOperationResponse Create(CreateCollection request) =>
        Collections.TryAdd(request.CollectionName, new FakeCollection(request))
            ? new CollectionOperationResponse { Result = true }
            : throw Fault(StatusCode.AlreadyExists, $"Collection `{request.CollectionName}` already exists!");

    private CollectionExistsResponse Exists(CollectionExistsRequest request) => new()
    {
        Result = new CollectionExists { Exists = Collections.ContainsKey(request.CollectionName) },
    };

    private CollectionOperationResponse Delete(DeleteCollection request)
    {
        foreach (string alias in Aliases.Where(alias => alias.Value == request.CollectionName).Select(alias => alias.Key).ToArray())
        {
            Aliases.Remove(alias);
        }

        return new CollectionOperationResponse { Result = Collections.Remove(request.CollectionName) };
    }

    private PointsOperationResponse Index(CreateFieldIndexCollection request)
    {
        Find(request.CollectionName).Indexed[request.FieldName] = request.FieldType;
        return Done();
    }

    private PointsOperationResponse Upsert(UpsertPoints request)
    {
        FakeCollection collection = Find(request.CollectionName);
        Upserts.Add(request.Points.Count);
        Assert.True(request.Wait, "The service must wait until points can be found.");
        foreach (PointStruct point in request.Points)
        {
            collection.Put(point);
        }

        return Done();
    }

    private PointsOperationResponse Delete(DeletePoints request)
    {
        FakeCollection collection = Find(request.CollectionName);
        Assert.True(request.Wait, "The service must wait until points are gone.");
        PointId[] gone = request.Points.Filter is { } filter
            ? [.. collection.Points.Where(point => FakeCollection.Matches(point.Value, filter)).Select(point => point.Key)]
            : [.. request.Points.Points.Ids];
        foreach (PointId id in gone)
        {
            collection.Points.Remove(id);
        }

        return Done();
    }

    private GetResponse Get(GetPoints request)
    {
        FakeCollection collection = Find(request.CollectionName);
        var answer = new GetResponse();
        answer.Result.AddRange(request.Ids.Where(collection.Points.ContainsKey).Select(id => FakeCollection.Retrieved(collection.Points[id])));
        return answer;
    }

    private QueryResponse Query(QueryPoints request, string version)
    {
        FakeCollection collection = Find(request.CollectionName);
        var answer = new QueryResponse();
        answer.Result.AddRange(request.Prefetch.Count > 0
            ? Fused(collection, request, version)
            : Ranked(collection, request.Query, request.Using, request.Filter, (int)request.Limit));
        return answer;
    }

    private QueryBatchResponse Query(QueryBatchPoints request, string version)
    {
        var answer = new QueryBatchResponse();
        foreach (QueryPoints query in request.QueryPoints)
        {
            var part = new BatchResult();
            part.Result.AddRange(Query(query, version).Result);
            answer.Result.Add(part);
        }

        return answer;
    }

    private static IEnumerable<ScoredPoint> Ranked(FakeCollection collection, Query query, string name, Filter? filter, int limit) =>
        name.Length > 0
            ? collection.ByWords(name, query.Nearest.Sparse, filter, limit)
            : collection.Nearest([.. query.Nearest.Dense.Data], filter, limit);

    // 1 / ((place + 1) / weight + k - 1) for each ranking, places from 0; a version before 1.17 does not know weights.
    private static IEnumerable<ScoredPoint> Fused(FakeCollection collection, QueryPoints request, string version)
    {
        double k = request.Query.Rrf?.K ?? 2;
        bool hasWeights = System.Version.Parse(version.Split('-')[0]) >= new System.Version(1, 17) && request.Query.Rrf?.Weights.Count > 0;
        var fused = new Dictionary<PointId, ScoredPoint>();
        for (int part = 0; part < request.Prefetch.Count; part++)
        {
            PrefetchQuery prefetch = request.Prefetch[part];
            double weight = hasWeights ? request.Query.Rrf!.Weights[part] : 1;
            int place = 0;
            foreach (ScoredPoint point in Ranked(collection, prefetch.Query, prefetch.Using, prefetch.Filter, (int)prefetch.Limit))
            {
                double score = weight > 0 ? 1 / (((place + 1) / weight) + k - 1) : 0;
                if (fused.TryGetValue(point.Id, out ScoredPoint? known))
                {
                    known.Score += (float)score;
                }
                else
                {
                    point.Score = (float)score;
                    fused[point.Id] = point;
                }

                place++;
            }
        }

        return fused.Values.OrderByDescending(point => point.Score).ThenByDescending(point => point.Id.Uuid, StringComparer.Ordinal)
            .Take((int)request.Limit);
    }

    private ScrollResponse Scroll(ScrollPoints request)
    {
        FakeCollection collection = Find(request.CollectionName);
        PointStruct[] ordered = [.. collection.Points.Values.OrderBy(point => point.Id.Uuid, StringComparer.Ordinal)];
        PointStruct[] page =
        [
            .. ordered.SkipWhile(point => request.Offset is { } from && string.CompareOrdinal(point.Id.Uuid, from.Uuid) < 0)
                .Take((int)Math.Min(request.Limit, FakeCollection.ScrollPage) + 1),
        ];
        int take = (int)Math.Min(request.Limit, FakeCollection.ScrollPage);
        var answer = new ScrollResponse { NextPageOffset = page.Length > take ? page[take].Id : null };
        answer.Result.AddRange(page.Take(take).Select(FakeCollection.Retrieved));
        return answer;
    }

    private static PointsOperationResponse Done() => new() { Result = new UpdateResult { Status = UpdateStatus.Completed } };

    private static RpcException Fault(StatusCode code, string detail) => new(new Status(code, detail));
}
