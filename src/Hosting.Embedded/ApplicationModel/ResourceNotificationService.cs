using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Keeps the state of every resource and tells those who watch or wait.</summary>
public sealed class ResourceNotificationService : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];

    /// <summary>What waiting does when the awaited resource has ended for good and nothing else is said.</summary>
    internal WaitBehavior DefaultWaitBehavior { get; set; } = WaitBehavior.WaitOnResourceUnavailable;

    /// <summary>What commands are given to decide their states from.</summary>
    internal IServiceProvider? Services { get; set; }

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory) =>
        Task.WhenAll(ResourceInstance.Of(resource).Select(instance => PublishUpdateAsync(resource, instance.Id, stateFactory)));

    public Task PublishUpdateAsync(
        IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_gate)
        {
            CustomResourceSnapshot before = _current.TryGetValue(resourceId, out ResourceEvent? known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal), Properties = [] };
            var now = new ResourceEvent(resource, resourceId, WithCommands(resource, stateFactory(before)));
            _current[resourceId] = now;
            foreach (Channel<ResourceEvent> watcher in _watchers)
            {
                watcher.Writer.TryWrite(now);
            }
        }

        return Task.CompletedTask;
    }

    /// <param name="resourceId">The id of an instance, or the name of a resource that has but one.</param>
    /// <param name="resourceEvent">How it is now.</param>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent) =>
        _current.TryGetValue(resourceId, out resourceEvent);

    /// <summary>Every resource as it is now, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new UnboundedChannelOptions { SingleReader = true });
        lock (_gate)
        {
            foreach (ResourceEvent known in _current.Values)
            {
                channel.Writer.TryWrite(known);
            }

            _watchers.Add(channel);
        }

        try
        {
            await foreach (ResourceEvent change in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(channel);
            }
        }
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (ResourceEvent change in WatchAsync(cancellationToken))
        {
            if (string.Equals(change.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(change))
            {
                return change;
            }
        }

        throw new OperationCanceledException($"The application ended before resource '{resourceName}' was as awaited.");
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(
        string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        string[] states = [.. targetStates];
        ResourceEvent change = await WaitForResourceAsync(
            resourceName, now => now.Snapshot.State is { } state && states.Contains(state.Text), cancellationToken);
        return change.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        ResourceEvent change = await WaitForResourceAsync(
            resourceName,
            now => now.Snapshot.HealthStatus == HealthStatus.Healthy
                || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && HasEnded(now.Snapshot)),
            cancellationToken);
        return change.Snapshot.HealthStatus == HealthStatus.Healthy
            ? change
            : throw new DistributedApplicationException(
                $"Resource '{resourceName}' should have become healthy, but it is '{change.Snapshot.State?.Text}' with exit code "
                + $"{change.Snapshot.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "none"}. Its console log says why.");
    }

    /// <summary>Ends when all that <paramref name="resource"/> waits for has come; shows it as Waiting until then.</summary>
    public Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken) =>
        Task.WhenAll(ResourceInstance.Of(resource).Select(instance => WaitForDependenciesAsync(instance, cancellationToken)));

    internal async Task WaitForDependenciesAsync(ResourceInstance instance, CancellationToken cancellationToken)
    {
        IResource resource = instance.Resource;
        WaitAnnotation[] waits = [.. resource.Annotations.OfType<WaitAnnotation>()];
        if (waits.Length == 0)
        {
            return;
        }

        var missing = new List<string>(waits.Select(wait => wait.Resource.Name).Distinct());
        await ShowWaitingAsync(instance, missing);

        using var other = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Task.WhenAll(waits.Select(async wait =>
            {
                try
                {
                    await WaitForOneAsync(wait, other.Token);
                }
                catch (DistributedApplicationException)
                {
                    await other.CancelAsync();
                    throw;
                }

                lock (missing)
                {
                    missing.Remove(wait.Resource.Name);
                }

                await ShowWaitingAsync(instance, missing);
            }));
        }
        finally
        {
            await PublishUpdateAsync(resource, instance.Id, now => now.WithProperty(KnownProperties.WaitingFor, null));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (Channel<ResourceEvent> watcher in _watchers)
            {
                watcher.Writer.TryComplete();
            }
        }
    }

    internal IReadOnlyList<ResourceEvent> Current() => [.. _current.Values];

    private static bool HasEnded(CustomResourceSnapshot snapshot) =>
        snapshot.State is { } state && KnownResourceStates.TerminalStates.Contains(state.Text);

    private Task ShowWaitingAsync(ResourceInstance instance, List<string> missing)
    {
        string[] names;
        lock (missing)
        {
            names = [.. missing];
        }

        return names.Length == 0
            ? Task.CompletedTask
            : PublishUpdateAsync(instance.Resource, instance.Id, now => (now with { State = KnownResourceStates.Waiting })
                .WithProperty(KnownProperties.WaitingFor, string.Join(", ", names)));
    }

    // All replicas have to be as awaited.
    private Task WaitForOneAsync(WaitAnnotation wait, CancellationToken cancellationToken) =>
        Task.WhenAll(ResourceInstance.Of(wait.Resource).Select(instance => WaitForOneAsync(wait, instance.Id, cancellationToken)));

    private async Task WaitForOneAsync(WaitAnnotation wait, string id, CancellationToken cancellationToken)
    {
        bool stops = (wait.WaitBehavior ?? DefaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable;
        ResourceEvent change = await WaitForResourceAsync(
            wait.Resource.Name,
            now => now.ResourceId == id && (Has(now.Snapshot, wait) || (stops && HasEnded(now.Snapshot))),
            cancellationToken);
        if (!Has(change.Snapshot, wait))
        {
            throw new DistributedApplicationException(
                $"'{id}' is '{change.Snapshot.State?.Text}' (exit code "
                + $"{change.Snapshot.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "none"}), so what waits for it cannot start. "
                + $"The console log of '{id}' says why.");
        }
    }

    private CustomResourceSnapshot WithCommands(IResource resource, CustomResourceSnapshot now)
    {
        if (Services is not { } services || !resource.Annotations.OfType<ResourceCommandAnnotation>().Any())
        {
            return now;
        }

        var context = new UpdateCommandStateContext { ResourceSnapshot = now, Services = services };
        return now with
        {
            Commands =
            [
                .. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(command => new ResourceCommandSnapshot(
                    command.Name, StateOf(command, context), command.DisplayName, command.DisplayDescription, command.Parameter,
                    command.ConfirmationMessage, command.IconName, command.IconVariant, command.IsHighlighted)),
            ],
        };
    }

    // The AppHost's own code decides; where it cannot, the command is shown and not offered.
    private static ResourceCommandState StateOf(ResourceCommandAnnotation command, UpdateCommandStateContext context)
    {
        try
        {
            return command.UpdateState(context);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return ResourceCommandState.Disabled;
        }
    }

    private static bool Has(CustomResourceSnapshot snapshot, WaitAnnotation wait) => wait.WaitType switch
    {
        WaitType.WaitUntilStarted => snapshot.State?.Text is "Running" or KnownResourceStates.BuiltIn,
        WaitType.WaitForCompletion => HasEnded(snapshot) && snapshot.ExitCode == wait.ExitCode,
        _ => snapshot.HealthStatus == HealthStatus.Healthy,
    };
}
