using System.Collections.Concurrent;
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

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_gate)
        {
            CustomResourceSnapshot before = _current.TryGetValue(resource.Name, out ResourceEvent? known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal), Properties = [] };
            var now = new ResourceEvent(resource, resource.Name, stateFactory(before));
            _current[resource.Name] = now;
            foreach (Channel<ResourceEvent> watcher in _watchers)
            {
                watcher.Writer.TryWrite(now);
            }
        }

        return Task.CompletedTask;
    }

    public bool TryGetCurrentState(string resourceId, out ResourceEvent? resourceEvent) =>
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
                + $"{change.Snapshot.ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}. Its console log says why.");
    }

    /// <summary>Ends when all that <paramref name="resource"/> waits for has come; shows it as Waiting until then.</summary>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        WaitAnnotation[] waits = [.. resource.Annotations.OfType<WaitAnnotation>()];
        if (waits.Length == 0)
        {
            return;
        }

        var missing = new List<string>(waits.Select(wait => wait.Resource.Name).Distinct());
        await ShowWaitingAsync(resource, missing);

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

                await ShowWaitingAsync(resource, missing);
            }));
        }
        finally
        {
            await PublishUpdateAsync(resource, now => now.WithProperty(KnownProperties.WaitingFor, null));
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

    private Task ShowWaitingAsync(IResource resource, List<string> missing)
    {
        string[] names;
        lock (missing)
        {
            names = [.. missing];
        }

        return names.Length == 0
            ? Task.CompletedTask
            : PublishUpdateAsync(resource, now => (now with { State = KnownResourceStates.Waiting })
                .WithProperty(KnownProperties.WaitingFor, string.Join(", ", names)));
    }

    private async Task WaitForOneAsync(WaitAnnotation wait, CancellationToken cancellationToken)
    {
        string name = wait.Resource.Name;
        bool stops = (wait.WaitBehavior ?? DefaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable;
        ResourceEvent change = await WaitForResourceAsync(name, now => Has(now.Snapshot, wait) || (stops && HasEnded(now.Snapshot)), cancellationToken);

        if (!Has(change.Snapshot, wait))
        {
            throw new DistributedApplicationException(
                $"'{name}' is '{change.Snapshot.State?.Text}' (exit code {change.Snapshot.ExitCode}), so what waits for it cannot start. "
                + $"The console log of '{name}' says why.");
        }
    }

    private static bool Has(CustomResourceSnapshot snapshot, WaitAnnotation wait) => wait.WaitType switch
    {
        WaitType.WaitUntilStarted => snapshot.State?.Text == KnownResourceStates.Running,
        WaitType.WaitForCompletion => HasEnded(snapshot) && snapshot.ExitCode == wait.ExitCode,
        _ => snapshot.HealthStatus == HealthStatus.Healthy,
    };
}
