namespace Ratchet.Contracts.Rag;

/// <summary>Body of POST /v1/batches; everything is optional.</summary>
/// <param name="Collection">Absent: all collections that are trainable.</param>
/// <param name="Include">"new" (default): examples in no earlier usable batch; "all": every approved training example.</param>
/// <param name="Form">One of <see cref="BatchForms"/>; "examples" where it is absent.</param>
public sealed record SealBatchRequest(
    string? Collection = null, string? Include = null, string? Note = null, string? SealedBy = null, string? Form = null);
