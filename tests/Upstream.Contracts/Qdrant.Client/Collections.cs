using Google.Protobuf.Collections;

namespace Qdrant.Client.Grpc;

public class HealthCheckReply
{
    public string Version { get; set; }
}

public class AliasDescription
{
    public string AliasName { get; set; }

    public string CollectionName { get; set; }
}

public class AliasOperations
{
    public CreateAlias CreateAlias { get; set; }

    public DeleteAlias DeleteAlias { get; set; }
}

public class CreateAlias
{
    public string AliasName { get; set; }

    public string CollectionName { get; set; }
}

public class DeleteAlias
{
    public string AliasName { get; set; }
}

public class CollectionInfo
{
    public CollectionConfig Config { get; set; }
}

public class CollectionConfig
{
    public CollectionParams Params { get; set; }

    public MapField<string, Value> Metadata => throw null!;
}

public class CollectionParams
{
    public VectorsConfig VectorsConfig { get; set; }

    public SparseVectorConfig SparseVectorsConfig { get; set; }
}

public class VectorsConfig
{
    public VectorParams? Params { get; set; }
}

public class VectorParams
{
    public VectorParams() => throw null!;

    public ulong Size { get; set; }

    public Distance Distance { get; set; }
}

public enum Distance
{
    UnknownDistance, Cosine, Euclid, Dot, Manhattan,
}

public enum PayloadSchemaType
{
    UnknownType, Keyword, Integer, Float, Geo, Text, Bool, Datetime, Uuid,
}

public class PayloadIndexParams
{
}

public class QuantizationConfig
{
    public QuantizationConfig() => throw null!;

    public ScalarQuantization Scalar { get; set; }

    public BinaryQuantization Binary { get; set; }
}

public class ScalarQuantization
{
    public ScalarQuantization() => throw null!;

    public QuantizationType Type { get; set; }
}

public class BinaryQuantization
{
    public BinaryQuantization() => throw null!;
}

public enum QuantizationType
{
    UnknownQuantization, Int8,
}

public class HnswConfigDiff
{
}

public class OptimizersConfigDiff
{
}

public class WalConfigDiff
{
}

public enum ShardingMethod
{
    Auto, Custom,
}

public class SparseVectorConfig
{
    public MapField<string, SparseVectorParams> Map => throw null!;

    public static implicit operator SparseVectorConfig(Dictionary<string, SparseVectorParams> configs) => throw null!;
}

public class SparseVectorParams
{
    public SparseVectorParams() => throw null!;

    public Modifier Modifier { get; set; }
}

public enum Modifier
{
    None, Idf,
}

public class StrictModeConfig
{
}
