namespace Ratchet.Contracts.Rag;

/// <summary>What a document can be.</summary>
public static class DocumentStates
{
    /// <summary>Stored for good, not yet searchable in this version.</summary>
    public const string Indexing = "indexing";

    public const string Indexed = "indexed";

    /// <summary>Stored, but it could not be chunked or embedded; <c>error</c> says why.</summary>
    public const string Failed = "failed";

    /// <summary>A tombstone: the key and times stay, the content is gone.</summary>
    public const string Deleted = "deleted";
}
