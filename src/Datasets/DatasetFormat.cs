using System.Text.Json.Serialization;

namespace Ratchet.Datasets;

/// <summary>The shape of a file's rows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatasetFormat>))]
public enum DatasetFormat
{
    /// <summary>No row had a shape that is known.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,

    /// <summary>OpenAI's chat rows: <c>{"messages": [...]}</c>.</summary>
    [JsonStringEnumMemberName("chat")]
    Chat,

    /// <summary>Two answers of which one is preferred: OpenAI's, or <c>chosen</c> and <c>rejected</c>.</summary>
    [JsonStringEnumMemberName("dpo")]
    Preference,

    [JsonStringEnumMemberName("prompt_completion")]
    PromptCompletion,

    /// <summary><c>instruction</c>, <c>input</c>, <c>output</c>, with <c>history</c> and <c>system</c> where given.</summary>
    [JsonStringEnumMemberName("alpaca")]
    Alpaca,

    /// <summary><c>{"conversations": [{"from", "value"}]}</c>.</summary>
    [JsonStringEnumMemberName("sharegpt")]
    ShareGpt,

    [JsonStringEnumMemberName("question_answer")]
    QuestionAnswer,

    /// <summary>DialogSum's columns: <c>dialogue</c>, <c>summary</c>, <c>topic</c>.</summary>
    [JsonStringEnumMemberName("dialogue_summary")]
    DialogueSummary,
}
