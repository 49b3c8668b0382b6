namespace Aspire.Hosting.ApplicationModel;

public class CommandOptions
{
    public string? Description { get; set; }

    public string? ConfirmationMessage { get; set; }

    public string? IconName { get; set; }

    public bool IsHighlighted { get; set; }

    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

public class HttpCommandOptions : CommandOptions
{
    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }

    public Func<HttpCommandResultContext, Task<ExecuteCommandResult>>? GetCommandResult { get; set; }
}

public sealed class HttpCommandRequestContext
{
    public required CancellationToken CancellationToken { get; init; }

    public required HttpRequestMessage Request { get; init; }
}

public sealed class HttpCommandResultContext
{
    public required CancellationToken CancellationToken { get; init; }

    public required HttpResponseMessage Response { get; init; }
}

public sealed class ExecuteCommandContext
{
    public required CancellationToken CancellationToken { get; init; }
}

public sealed class UpdateCommandStateContext
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }
}

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public string? Message { get; init; }
}

public static class CommandResults
{
    public static ExecuteCommandResult Success() => throw null!;

    public static ExecuteCommandResult Success(string message) => throw null!;

    public static ExecuteCommandResult Failure(string? errorMessage = null) => throw null!;
}

public enum ResourceCommandState
{
    Enabled = 0,
    Disabled = 1,
    Hidden = 2,
}

public sealed record CustomResourceSnapshot
{
    public ResourceStateSnapshot? State { get; init; }
}

public sealed record ResourceStateSnapshot(string Text, string? Style);

public static class KnownResourceStates
{
    public static readonly string Running = null!;
}

public class ResourceCommandService
{
    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) => throw null!;
}

public class ResourceNotificationService : IDisposable
{
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) => throw null!;

    public void Dispose() => throw null!;
}

public class ResourceEvent
{
    public ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot) => throw null!;
}
