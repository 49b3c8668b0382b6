namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource starts only after another one.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public WaitType WaitType { get; } = waitType;

    public int ExitCode { get; } = exitCode;

    /// <summary>Null: wait on while a dashboard can start it again, stop where there is none.</summary>
    public WaitBehavior? WaitBehavior { get; init; }
}
