namespace Ratchet.Contracts.Rag;

/// <summary>Body of PATCH /v1/examples/{id}: a review. A changed question or answer makes the state "edited".</summary>
public sealed record ExampleUpdate(
    string? State = null, string? Question = null, string? Answer = null, string? ReviewedBy = null);
