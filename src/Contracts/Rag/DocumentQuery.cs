namespace Ratchet.Contracts.Rag;

/// <summary>Filters of GET /v1/documents; newest first.</summary>
public sealed record DocumentQuery(
    string? Collection = null,
    string? State = null,
    string? Key = null,
    string? Text = null,
    int? Limit = null,
    string? After = null);
