namespace Aspire.Hosting.ApplicationModel;

/// <summary>The word for a state, and how it is meant (success, info, warn, error).</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? text) => text is null ? null : FromString(text);

    public static ResourceStateSnapshot FromString(string text) => new(text, null);
}
