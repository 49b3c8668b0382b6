using Google.Protobuf.Collections;

namespace Qdrant.Client.Grpc;

public class PointId
{
    public string Uuid { get; set; }

    public static implicit operator PointId(Guid id) => throw null!;
}

public class PointStruct
{
    public PointStruct() => throw null!;

    public PointId Id { get; set; }

    public MapField<string, Value> Payload => throw null!;

    public Vectors Vectors { get; set; }
}

public class Vectors
{
    public static implicit operator Vectors(float[] values) => throw null!;

    public static implicit operator Vectors(Dictionary<string, Vector> values) => throw null!;
}

public class Vector
{
    public static implicit operator Vector(float[] values) => throw null!;

    public static implicit operator Vector((float, uint)[] sparseValues) => throw null!;
}

public class DenseVector
{
    public RepeatedField<float> Data => throw null!;
}

public class VectorOutput
{
    public DenseVector? GetDenseVector() => throw null!;
}

public class VectorsOutput
{
    public VectorOutput Vector { get; set; }

    public NamedVectorsOutput Vectors { get; set; }
}

public class NamedVectorsOutput
{
    public MapField<string, VectorOutput> Vectors => throw null!;
}

public class RetrievedPoint
{
    public PointId Id { get; set; }

    public MapField<string, Value> Payload => throw null!;

    public VectorsOutput Vectors { get; set; }
}

public class ScoredPoint
{
    public MapField<string, Value> Payload => throw null!;

    public float Score { get; set; }
}

public class ScrollResponse
{
    public PointId NextPageOffset { get; set; }

    public RepeatedField<RetrievedPoint> Result => throw null!;
}

public class ListValue
{
    public RepeatedField<Value> Values => throw null!;
}

public class Value
{
    public string StringValue { get; set; }

    public long IntegerValue { get; set; }

    public ListValue ListValue { get; set; }

    public static implicit operator Value(string value) => throw null!;

    public static implicit operator Value(long value) => throw null!;

    public static implicit operator Value(string[] values) => throw null!;
}

public class Condition
{
}

public static class Conditions
{
    public static Condition MatchKeyword(string field, string keyword) => throw null!;

    public static Condition Match(string field, IReadOnlyList<string> keywords) => throw null!;
}

public class Filter
{
    public Filter() => throw null!;

    public RepeatedField<Condition> Must => throw null!;

    public static implicit operator Filter(Condition condition) => throw null!;
}

public class Query
{
    public static implicit operator Query(float[] values) => throw null!;

    public static implicit operator Query((float, uint)[] sparseValues) => throw null!;

    public static implicit operator Query(Rrf rrf) => throw null!;
}

public class Rrf
{
    public Rrf() => throw null!;

    public uint K { get; set; }

    public RepeatedField<float> Weights => throw null!;
}

public class QueryPoints
{
    public QueryPoints() => throw null!;

    public string CollectionName { get; set; }

    public RepeatedField<PrefetchQuery> Prefetch => throw null!;

    public Query Query { get; set; }

    public string Using { get; set; }

    public Filter Filter { get; set; }

    public SearchParams Params { get; set; }

    public ulong Limit { get; set; }

    public WithPayloadSelector WithPayload { get; set; }
}

public class BatchResult
{
    public RepeatedField<ScoredPoint> Result => throw null!;
}

public class SearchParams
{
    public SearchParams() => throw null!;

    public bool Exact { get; set; }
}

public class WithPayloadSelector
{
    public static implicit operator WithPayloadSelector(bool enable) => throw null!;
}

public class WithVectorsSelector
{
}

public class OrderBy
{
}

public class PrefetchQuery
{
    public PrefetchQuery() => throw null!;

    public Query Query { get; set; }

    public string Using { get; set; }

    public Filter Filter { get; set; }

    public SearchParams Params { get; set; }

    public ulong Limit { get; set; }
}

public class LookupLocation
{
}

public class ReadConsistency
{
}

public class ShardKeySelector
{
}

public class UpdateResult
{
}

public enum WriteOrderingType
{
    Weak, Medium, Strong,
}
