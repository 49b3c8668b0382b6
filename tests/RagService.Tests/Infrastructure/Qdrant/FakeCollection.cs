using Google.Protobuf.Collections;
using Grpc.Core;
using Qdrant.Client.Grpc;

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

    public static RetrievedPoint Retrieved(PointStruct point)
    {
        var vector = new VectorOutput { Dense = new DenseVector() };
        vector.Dense.Data.AddRange(Numbers(point));
        var retrieved = new RetrievedPoint { Id = point.Id, Vectors = new VectorsOutput { Vector = vector } };
        retrieved.Payload.Add(point.Payload);
        return retrieved;
    }

    // Clients before version 1.16 put the numbers into the vector itself.
    private static RepeatedField<float> Numbers(PointStruct point)
    {
#pragma warning disable CS0612 // What old clients send is read as servers read it.
        return point.Vectors.Vector.Dense is { } dense ? dense.Data : point.Vectors.Vector.Data;
#pragma warning restore CS0612
    }

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
        info.Config.Metadata.Add(made.Metadata);
        return info;
    }

    public void Put(PointStruct point)
    {
        CheckSize(Numbers(point).Count);
        Points[point.Id] = point;
    }

    public IEnumerable<ScoredPoint> Nearest(float[] query, Filter? filter, int limit)
    {
        CheckSize(query.Length);
        return Points.Values
            .Where(point => Matches(point, filter))
            .Select(point => (Point: point, Score: Cosine(query, [.. Numbers(point)])))
            .OrderByDescending(pair => pair.Score)
            .Take(limit)
            .Select(pair =>
            {
                var scored = new ScoredPoint { Id = pair.Point.Id, Score = pair.Score };
                scored.Payload.Add(pair.Point.Payload);
                return scored;
            });
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
