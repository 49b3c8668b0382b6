namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The words for what a resource is doing. The host also shows <c>Restarting (n)</c> and <c>Built in</c>, which have no constants upstream.
/// </summary>
public static class KnownResourceStates
{
    public static readonly string Starting = "Starting";
    public static readonly string Running = "Running";
    public static readonly string FailedToStart = "FailedToStart";
    public static readonly string RuntimeUnhealthy = "RuntimeUnhealthy";
    public static readonly string Stopping = "Stopping";
    public static readonly string Exited = "Exited";
    public static readonly string Finished = "Finished";
    public static readonly string Waiting = "Waiting";
    public static readonly string NotStarted = "NotStarted";
    public static readonly string Building = "Building";
    public static readonly string ValueMissing = "ValueMissing";
    public static readonly string Active = "Active";
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];

    internal const string BuiltIn = "Built in";
}
