using System.ComponentModel.DataAnnotations;
using Ratchet.Engine.Kernels;

namespace Ratchet.InferenceService;

/// <summary>Settings of the service, from the section "Inference". Checked when it starts.</summary>
public sealed record InferenceOptions
{
    public const string Section = "Inference";

    /// <summary>Answers written at the same time.</summary>
    [Range(1, 256)]
    public int SequencesMax { get; init; } = 32;

    /// <summary>Requests that wait for a place; one more is answered 429.</summary>
    [Range(0, 10_000)]
    public int QueueMax { get; init; } = 128;

    /// <summary>Tokens of one pass through the model.</summary>
    [Range(16, 2048)]
    public int TokensPerPass { get; init; } = 256;

    /// <summary>Memory for keys and values, in MiB.</summary>
    [Range(16, 1 << 20)]
    public int CacheMegabytesMax { get; init; } = 2048;

    /// <summary>Prefixes of finished answers that are remembered.</summary>
    [Range(0, 1024)]
    public int PrefixesMax { get; init; } = 16;

    /// <summary>
    /// Tokens of an answer that are guessed at once from what its prompt and itself have said before (prompt lookup), and read together: answers
    /// stay the same, those that quote come sooner. 0 guesses none.
    /// </summary>
    [Range(0, 32)]
    public int PromptLookup { get; init; } = 4;

    /// <summary>Tokens of an answer where the request does not say.</summary>
    [Range(1, 32_768)]
    public int AnswerTokensUsual { get; init; } = 512;

    /// <summary>Adapters in memory at the same time.</summary>
    [Range(1, 1024)]
    public int AdaptersMax { get; init; } = 16;

    /// <summary>int8 (weights stay as stored, activations in 8 bits: fast) or float32 (exact).</summary>
    [RegularExpression("^(int8|float32)$", ErrorMessage = "Inference:Precision must be int8 or float32.")]
    public string Precision { get; init; } = "int8";

    /// <summary>
    /// In which numbers prompts are read: auto (bfloat16 where <see cref="Precision"/> is int8 and the processor has AMX, else same), same (as
    /// <see cref="Precision"/>) or bfloat16. The managed engine's only.
    /// </summary>
    [RegularExpression(PrecisionSetting.PromptPattern, ErrorMessage = "Inference:PromptPrecision must be auto, same or bfloat16.")]
    public string PromptPrecision { get; init; } = PrecisionSetting.Auto;

    /// <summary>
    /// In which numbers keys and values of the tokens seen are kept: auto (int16 where <see cref="Precision"/> is int8, else float32), int16 (integers
    /// with a scale for each token and head: half the memory, and faster) or float32. The managed engine's only.
    /// </summary>
    [RegularExpression(PrecisionSetting.CachePattern, ErrorMessage = "Inference:CachePrecision must be auto, float32 or int16.")]
    public string CachePrecision { get; init; } = PrecisionSetting.Auto;

    /// <summary>Texts in one request for embeddings.</summary>
    [Range(1, 2048)]
    public int EmbeddingInputsMax { get; init; } = 2048;
}
