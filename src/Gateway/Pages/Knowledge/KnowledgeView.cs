using Ratchet.Contracts.Rag;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Knowledge;

/// <summary>The page of all documents.</summary>
public sealed record KnowledgeView
{
    public required KnowledgeStats Stats { get; init; }

    public required IReadOnlyList<DocumentRecord> Documents { get; init; }

    public bool HasMore { get; init; }

    public string? Collection { get; init; }

    /// <summary>What was searched for, with its result.</summary>
    public string? Query { get; init; }

    public SearchResponse? Found { get; init; }

    /// <summary>What was typed into the form that could not be taken.</summary>
    public string? Title { get; init; }

    public string? Text { get; init; }

    public ErrorView? Error { get; init; }

    public static Phrase StateWord(string state) => state switch
    {
        DocumentStates.Indexed => KnowledgeStrings.Indexed,
        DocumentStates.Indexing => KnowledgeStrings.Indexing,
        DocumentStates.Failed => KnowledgeStrings.FailedState,
        DocumentStates.Deleted => KnowledgeStrings.DeletedState,
        _ => new Phrase(state, state),
    };

    public static string? StateClass(string state) => state switch
    {
        DocumentStates.Indexed => "good",
        DocumentStates.Failed => "bad",
        DocumentStates.Indexing => "warn",
        _ => null,
    };
}

/// <summary>One document with all that hangs on it.</summary>
public sealed record DocumentView(DocumentRecord Document, IReadOnlyList<ChunkRecord> Chunks, DocumentReach Reach);
