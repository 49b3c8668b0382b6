using System.ComponentModel.DataAnnotations;

namespace Ratchet.RagService.Chunking;

/// <summary>How documents are cut, from the section "Chunking". Checked when the service starts.</summary>
internal sealed record ChunkingOptions : IValidatableObject
{
    public const string Section = "Chunking";

    /// <summary>A chunk has at most so many tokens, headings not counted. The encoder sees 512 with title and headings.</summary>
    [Range(16, 400)]
    public int TokensPerChunk { get; init; } = 128;

    /// <summary>Whole sentences of at most so many tokens are repeated at the start of the next chunk.</summary>
    [Range(0, 200)]
    public int OverlapTokens { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OverlapTokens * 2 > TokensPerChunk)
        {
            yield return new ValidationResult(
                $"Chunking:OverlapTokens is {OverlapTokens}; it must be at most half of Chunking:TokensPerChunk "
                + $"({TokensPerChunk}).",
                [nameof(OverlapTokens)]);
        }
    }
}
