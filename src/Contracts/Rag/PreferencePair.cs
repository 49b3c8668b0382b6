namespace Ratchet.Contracts.Rag;

/// <summary>Two answers to one question, of which people preferred one: an item of GET /v1/feedback/pairs.</summary>
/// <param name="Chosen">The answer of the example, as it stands after review.</param>
/// <param name="Source">What told it: correction, preferred, or thumbs (one answer found good, another bad).</param>
/// <param name="State">Of the example: approving it approves the pair.</param>
/// <param name="Ready">Whether a preference batch takes it.</param>
/// <param name="Blocked">Why not: one of <see cref="PairBlocks"/>.</param>
/// <param name="ChosenFeedback">Id of the feedback that spoke for the chosen answer.</param>
/// <param name="RejectedFeedback">Id of the feedback that spoke against the other; the same where one said both.</param>
/// <param name="RejectedAdapter">Exact id of what gave the rejected answer.</param>
public sealed record PreferencePair(
    string Id,
    string Collection,
    string Question,
    string Chosen,
    string Rejected,
    string Source,
    string State,
    string Split,
    bool Ready,
    string? Blocked,
    string ExampleId,
    string ChosenFeedback,
    string RejectedFeedback,
    string? RejectedAdapter,
    string? DocumentKey,
    long CreatedAt)
{
    public string Object { get; init; } = "preference_pair";
}

/// <summary>Why a pair enters no batch.</summary>
public static class PairBlocks
{
    /// <summary>Its example waits for review, or was rejected.</summary>
    public const string NotApproved = "not_approved";

    /// <summary>Its example, or a document that one of its answers was given, is kept for evaluation or not trainable.</summary>
    public const string HeldOut = "held_out";

    /// <summary>Its document changed after the example was made.</summary>
    public const string Stale = "stale";

    /// <summary>After review both answers are the same.</summary>
    public const string SameAnswer = "same_answer";

    /// <summary>Somebody preferred them the other way round.</summary>
    public const string Contradicted = "contradicted";
}
