namespace Ratchet.Contracts.Rag;

/// <summary>Filters of GET /v1/examples; oldest first unless <c>Order</c> is "desc".</summary>
/// <param name="State">One or several states, with commas between.</param>
/// <param name="DocumentId">Id or key of a document.</param>
/// <param name="Passage">Whether the source chunk's text comes with each.</param>
public sealed record ExampleQuery(
    string? State = null,
    string? Split = null,
    string? Collection = null,
    string? DocumentId = null,
    string? Source = null,
    bool? Covered = null,
    bool? Counted = null,
    string? Text = null,
    bool Passage = false,
    int? Limit = null,
    string? After = null,
    string? Order = null);
