namespace Ratchet.Contracts.Rag;

/// <summary>What the rows of a batch are.</summary>
public static class BatchForms
{
    /// <summary>Questions with an answer each.</summary>
    public const string Examples = "examples";

    /// <summary>Questions with a preferred and another answer, as OpenAI's method dpo takes them.</summary>
    public const string Preference = "preference";

    public static IReadOnlyList<string> All { get; } = [Examples, Preference];
}
