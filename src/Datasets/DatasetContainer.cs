using System.Text.Json.Serialization;

namespace Ratchet.Datasets;

/// <summary>How a file holds its rows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatasetContainer>))]
public enum DatasetContainer
{
    /// <summary>One JSON object a line; objects glued together are read too.</summary>
    [JsonStringEnumMemberName("jsonl")]
    JsonLines,

    [JsonStringEnumMemberName("json")]
    JsonArray,

    [JsonStringEnumMemberName("csv")]
    Csv,
}
