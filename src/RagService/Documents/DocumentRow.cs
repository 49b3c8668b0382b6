using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Documents;

/// <summary>A document as it stands in the database.</summary>
internal sealed class DocumentRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string Collection { get; init; } = "";

    public string Key { get; init; } = "";

    public string? Title { get; init; }

    public int Version { get; init; }

    /// <summary>Grows with every change, so that work on an older state is recognised as late.</summary>
    public int Revision { get; init; }

    public string ContentHash { get; init; } = "";

    public string MediaType { get; init; } = "";

    public string Source { get; init; } = "";

    public long Bytes { get; init; }

    public string? Text { get; init; }

    public string? Pairs { get; init; }

    public string? Metadata { get; init; }

    public string? Pin { get; init; }

    public string State { get; init; } = "";

    public string? Error { get; init; }

    public int ChunkCount { get; init; }

    public int TokenCount { get; init; }

    public int ExampleCount { get; init; }

    public bool Trainable { get; init; } = true;

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; init; }

    public long? IndexedAt { get; init; }

    public long? DeletedAt { get; init; }

    public IReadOnlyDictionary<string, string> ReadMetadata() =>
        Metadata is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(Metadata, WireJson.Options)!;

    public IReadOnlyList<StatedPair> ReadPairs() =>
        Pairs is null ? [] : JsonSerializer.Deserialize<List<StatedPair>>(Pairs, WireJson.Options)!;

    public ChunkLabels Labels() => new(Id, Collection, ReadMetadata());

    public DocumentRecord ToRecord(double heldOutShare, bool withText = false, bool? changed = null) => new(
        Id, Collection, Key, Title, Version, ContentHash, MediaType, Source, Bytes, State,
        Examples.SplitRule.OfDocument(Pin, Trainable, Collection, Key, heldOutShare), Pin is not null, CreatedAt, UpdatedAt,
        ChunkCount, TokenCount, ExampleCount, IndexedAt, DeletedAt, Error,
        Metadata is null ? null : ReadMetadata(), withText ? Text : null, changed);
}
