namespace Ratchet.RagService.Ports;

/// <summary>What a chunk can be filtered by.</summary>
internal sealed record ChunkLabels(
    string DocumentId, string Collection, IReadOnlyDictionary<string, string> Metadata);
