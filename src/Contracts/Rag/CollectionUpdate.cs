namespace Ratchet.Contracts.Rag;

/// <summary>Body of PUT /v1/collections/{name}.</summary>
public sealed record CollectionUpdate(bool Trainable = true);
