using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Gives commands to resources on request.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _logs;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService logs, IServiceProvider services)
    {
        _notifications = notifications;
        _logs = logs;
        _services = services;
    }

    /// <param name="resourceId">The id of an instance, or the name of a resource that has but one.</param>
    /// <param name="commandName">As in <see cref="KnownResourceCommands"/>, or one that the AppHost has added.</param>
    /// <param name="cancellationToken">Ends the wait for the command.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _notifications.TryGetCurrentState(resourceId, out ResourceEvent? known)
            ? ExecuteAsync(known!.Resource, known.ResourceId, commandName, cancellationToken)
            : Task.FromResult(CommandResults.Failure(
                $"There is no resource '{resourceId}'; known are {string.Join(", ", _notifications.Current().Select(one => one.ResourceId).Order())}."));

    /// <summary>The command is given to every instance of the resource.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        ExecuteCommandResult[] results = await Task.WhenAll(ResourceInstance.Of(resource)
            .Select(instance => ExecuteAsync(resource, instance.Id, commandName, cancellationToken)));
        ExecuteCommandResult[] failures = [.. results.Where(result => !result.Success)];
        return failures.Length switch
        {
            0 => results.FirstOrDefault(result => result.Message is not null) ?? results[0],
            _ when failures.All(result => result.Canceled) => CommandResults.Canceled(),
            _ => CommandResults.Failure(string.Join('\n', failures.Select(result => result.Message))),
        };
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(
        IResource resource, string resourceId, string commandName, CancellationToken cancellationToken)
    {
        ResourceCommandAnnotation[] known = [.. resource.Annotations.OfType<ResourceCommandAnnotation>()];
        if (known.FirstOrDefault(command => command.Name == commandName) is not { } chosen)
        {
            return CommandResults.Failure(known.Length == 0
                ? $"'{resourceId}' takes no commands."
                : $"'{resourceId}' has no command '{commandName}'; it has {string.Join(", ", known.Select(command => command.Name))}.");
        }

        ILogger logger = _logs.GetLogger(resourceId);
        try
        {
            return await chosen.ExecuteCommand(new ExecuteCommandContext
            {
                Services = _services,
                ResourceName = resourceId,
                CancellationToken = cancellationToken,
                Logger = logger,
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception e)
        {
            // A command is the AppHost's own code: what it throws goes to who asked and into the resource's log, and ends nothing.
            _logs.Append(resourceId, $"Command '{commandName}' failed: {e}", isErrorMessage: true);
            return CommandResults.Failure(e);
        }
    }
}
