using Google.Protobuf.Collections;
using Grpc.Core;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Infrastructure.Qdrant;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>One collection of the server in memory.</summary>
internal sealed class FakeCollection(CreateCollection made)
{
    /// <summary>Less than the service asks for, so that it has to turn pages.</summary>
    public const uint ScrollPage = 3;

    public Dictionary<PointId, PointStruct> Points { get; } = [];

    public Dictionary<string, FieldType> Indexed { get; } = [];

    public CreateCollection Made => made;

    private int Size => (int)made.VectorsConfig.Params.Size;

    /// <summary>A point as servers give it: with one vector alone it has no name, with several each has its own.</summary>
    public static RetrievedPoint Retrieved(PointStruct point)
    {
        var dense = new VectorOutput { Dense = new DenseVector() };
        dense.Dense.Data.AddRange(Numbers(point));
        var retrieved = new RetrievedPoint { Id = point.Id, Vectors = new VectorsOutput() };
        if (Words(point) is { } words)
        {
            retrieved.Vectors.Vectors = new NamedVectorsOutput();
            retrieved.Vectors.Vectors.Vectors.Add("", dense);
            retrieved.Vectors.Vectors.Vectors.Add(SparseWords.VectorName, new VectorOutput { Sparse = words });
        }
        else
        {
            retrieved.Vectors.Vector = dense;
        }

        retrieved.Payload.Add(point.Payload);
        return retrieved;
    }

    private static Vector Dense(PointStruct point) => point.Vectors.Vector ?? point.Vectors.Vectors_.Vectors[""];

    // Clients before version 1.16 put the numbers into the vector itself.
#pragma warning disable CS0612 // What old clients send is read as servers read it.
    private static RepeatedField<float> Numbers(PointStruct point) => Dense(point).Dense is { } dense ? dense.Data : Dense(point).Data;

    private static SparseVector? Words(PointStruct point)
    {
        if (point.Vectors.Vectors_?.Vectors.TryGetValue(SparseWords.VectorName, out Vector? vector) != true)
        {
            return null;
        }

        if (vector!.Sparse is { } sparse)
        {
            return sparse;
        }

        var old = new SparseVector();
        old.Values.AddRange(vector.Data);
        old.Indices.AddRange(vector.Indices.Data);
        return old;
    }
#pragma warning restore CS0612

    public static bool Matches(PointStruct point, Filter? filter) => filter is null || filter.Must.All(condition =>
    {
        Match match = condition.Field.Match;
        IEnumerable<string> wanted = match.HasKeyword ? [match.Keyword] : match.Keywords.Strings;
        return point.Payload.TryGetValue(condition.Field.Key, out Value? value)
            && (value.ListValue is { } list ? list.Values.Select(item => item.StringValue) : [value.StringValue]).Any(wanted.Contains);
    });

    public CollectionInfo Describe()
    {
        var info = new CollectionInfo
        {
            Status = CollectionStatus.Green,
            Config = new CollectionConfig { Params = new CollectionParams { VectorsConfig = made.VectorsConfig } },
        };
        if (made.SparseVectorsConfig is { } sparse)
        {
            info.Config.Params.SparseVectorsConfig = sparse;
        }

        info.Config.Metadata.Add(made.Metadata);
        return info;
    }

    public void Put(PointStruct point)
    {
        foreach (string name in point.Vectors.Vectors_?.Vectors.Keys.Where(name => name.Length > 0) ?? [])
        {
            CheckName(name);
        }

        CheckSize(Numbers(point).Count);
        Points[point.Id] = point;
    }

    public IEnumerable<ScoredPoint> Nearest(float[] query, Filter? filter, int limit)
    {
        CheckSize(query.Length);
        return Best(Points.Values.Where(point => Matches(point, filter)).Select(point => (point, Cosine(query, [.. Numbers(point)]))), limit);
    }

    /// <summary>Dot products of sparse vectors, times the inverse document frequency where the collection says so.</summary>
    public IEnumerable<ScoredPoint> ByWords(string name, SparseVector query, Filter? filter, int limit)
    {
        CheckName(name);
        bool isIdf = made.SparseVectorsConfig.Map[name].Modifier == Modifier.Idf;
        List<(PointStruct Point, Dictionary<uint, float> Words)> all =
        [
            .. Points.Values.Select(point => (point, Words(point) is { } words
                ? words.Indices.Zip(words.Values).ToDictionary(term => term.First, term => term.Second)
                : [])),
        ];
        double Idf(uint term)
        {
            int found = all.Count(one => one.Words.ContainsKey(term));
            return isIdf ? Math.Log(1 + ((all.Count - found + 0.5) / (found + 0.5))) : 1;
        }

        (uint Term, double Weight)[] wanted = [.. query.Indices.Zip(query.Values).Select(term => (term.First, term.Second * Idf(term.First)))];
        return Best(
            all.Where(one => Matches(one.Point, filter) && wanted.Any(term => one.Words.ContainsKey(term.Term)))
                .Select(one => (one.Point, (float)wanted.Sum(term => term.Weight * one.Words.GetValueOrDefault(term.Term)))),
            limit);
    }

    // Equal scores in an order of the server's own, which nobody may count on.
    private static IEnumerable<ScoredPoint> Best(IEnumerable<(PointStruct Point, float Score)> scored, int limit) => scored
        .OrderByDescending(pair => pair.Score)
        .ThenByDescending(pair => pair.Point.Id.Uuid, StringComparer.Ordinal)
        .Take(limit)
        .Select(pair =>
        {
            var found = new ScoredPoint { Id = pair.Point.Id, Score = pair.Score };
            found.Payload.Add(pair.Point.Payload);
            return found;
        });

    private void CheckName(string name)
    {
        if (made.SparseVectorsConfig?.Map.ContainsKey(name) != true)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"Wrong input: Not existing vector name error: {name}"));
        }
    }

    private void CheckSize(int length)
    {
        if (length != Size)
        {
            throw new RpcException(new Status(
                StatusCode.InvalidArgument, $"Wrong input: Vector dimension error: expected dim: {Size}, got {length}"));
        }
    }

    private static float Cosine(float[] x, float[] y)
    {
        double dot = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += (double)x[i] * y[i];
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
        }

        return xx == 0 || yy == 0 ? 0 : (float)(dot / Math.Sqrt(xx * yy));
    }
}
