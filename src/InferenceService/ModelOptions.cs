using System.ComponentModel.DataAnnotations;
using Ratchet.Engine.Kernels;

namespace Ratchet.InferenceService;

/// <summary>Which models to serve, from the section "Model". Checked when it starts.</summary>
public sealed record ModelOptions
{
    public const string Section = "Model";

    /// <summary>A name in the models folder, or the path of a GGUF file or of a Hugging Face folder.</summary>
    public string Base { get; init; } = "smollm2-135m-instruct";

    /// <summary>Likewise, for embeddings.</summary>
    public string Encoder { get; init; } = "all-minilm-l6-v2";

    /// <summary>Numbers that the encoder multiplies: auto (what the processor is fastest in), float32, bfloat16 or int8.</summary>
    [RegularExpression(PrecisionSetting.EncoderPattern, ErrorMessage = "Model:EncoderPrecision must be auto, float32, bfloat16 or int8.")]
    public string EncoderPrecision { get; init; } = PrecisionSetting.Auto;

    /// <summary>The folder with models.json; models/ of the solution where it is empty.</summary>
    public string? Folder { get; init; }
}
