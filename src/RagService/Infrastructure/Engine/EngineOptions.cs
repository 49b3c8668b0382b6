using System.ComponentModel.DataAnnotations;
using Ratchet.Engine.Kernels;

namespace Ratchet.RagService.Infrastructure.Engine;

/// <summary>Which models are used, from the section "Model".</summary>
internal sealed record EngineOptions
{
    public const string Section = "Model";

    /// <summary>The folder of the bundled models; models/ of the solution where absent.</summary>
    public string? Folder { get; init; }

    /// <summary>Name in that folder, or path of a GGUF file: what turns text into vectors.</summary>
    [Required]
    public string Encoder { get; init; } = "all-minilm-l6-v2";

    /// <summary>Numbers that it multiplies: auto (what the processor is fastest in), float32, bfloat16 or int8.</summary>
    [RegularExpression(PrecisionSetting.EncoderPattern, ErrorMessage = "Model:EncoderPrecision must be auto, float32, bfloat16 or int8.")]
    public string EncoderPrecision { get; init; } = PrecisionSetting.Auto;
}
