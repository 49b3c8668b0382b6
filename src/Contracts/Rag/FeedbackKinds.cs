namespace Ratchet.Contracts.Rag;

/// <summary>What a person can say about an answer.</summary>
public static class FeedbackKinds
{
    public const string ThumbUp = "thumb_up";
    public const string ThumbDown = "thumb_down";

    /// <summary>The person wrote the answer that should have come.</summary>
    public const string Correction = "correction";

    /// <summary>The person asked for another answer; the first one was not good enough.</summary>
    public const string Regenerate = "regenerate";

    /// <summary>Of two answers to one question the person chose one.</summary>
    public const string Preferred = "preferred";

    public static IReadOnlyList<string> All { get; } = [ThumbUp, ThumbDown, Correction, Regenerate, Preferred];
}
