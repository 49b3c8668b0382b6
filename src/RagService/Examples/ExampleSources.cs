namespace Ratchet.RagService.Examples;

/// <summary>Where examples come from.</summary>
internal static class ExampleSources
{
    public const string Api = "api";
    public const string Import = "import";
    public const string Document = "document";
    public const string Feedback = "feedback";
}
