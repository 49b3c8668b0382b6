using System.Collections.Concurrent;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Starts, stops and restarts resources on request, one command of a resource at a time.</summary>
public sealed class ResourceCommandService
{
    private readonly ConcurrentDictionary<string, Func<string, CancellationToken, Task<ExecuteCommandResult>>> _commands =
        new(StringComparer.OrdinalIgnoreCase);

    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _commands.TryGetValue(resourceId, out Func<string, CancellationToken, Task<ExecuteCommandResult>>? execute)
            ? execute(commandName, cancellationToken)
            : Task.FromResult(new ExecuteCommandResult
            {
                Success = false,
                ErrorMessage = $"There is no resource '{resourceId}' that takes commands; known are {string.Join(", ", _commands.Keys.Order())}.",
            });

    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource.Name, commandName, cancellationToken);

    internal void Register(string resourceName, Func<string, CancellationToken, Task<ExecuteCommandResult>> execute) =>
        _commands[resourceName] = execute;
}
