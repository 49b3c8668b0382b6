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

    /// <summary>Numbers that it multiplies: auto (bfloat16 where the processor is faster in it), float32 or bfloat16.</summary>
    [RegularExpression(PrecisionSetting.Pattern)]
    public string EncoderPrecision { get; init; } = PrecisionSetting.Auto;
}
