namespace Ratchet.Contracts.Rag;

/// <summary>Where an example is in its review.</summary>
public static class ExampleStates
{
    public const string Proposed = "proposed";
    public const string Approved = "approved";

    /// <summary>Approved with a change by the reviewer.</summary>
    public const string Edited = "edited";
    public const string Rejected = "rejected";

    public static IReadOnlyList<string> All { get; } = [Proposed, Approved, Edited, Rejected];
}
