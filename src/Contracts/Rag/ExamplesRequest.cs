namespace Ratchet.Contracts.Rag;

/// <summary>Body of POST /v1/examples as JSON. All are taken or none.</summary>
public sealed record ExamplesRequest(IReadOnlyList<ExampleInput>? Examples);
