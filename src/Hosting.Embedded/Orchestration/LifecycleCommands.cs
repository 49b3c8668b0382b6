using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>Start, stop and restart, as commands like any other.</summary>
internal static class LifecycleCommands
{
    private static readonly string[] Startable =
    [
        KnownResourceStates.NotStarted, KnownResourceStates.Finished, KnownResourceStates.FailedToStart, KnownResourceStates.Exited,
        KnownResourceStates.Waiting,
    ];

    /// <param name="resource">What gets the commands.</param>
    /// <param name="runners">Its instances, by their ids.</param>
    public static void AddTo(IResource resource, IReadOnlyDictionary<string, ResourceRunner> runners)
    {
        // Before those of the AppHost, as upstream shows them.
        ResourceCommandAnnotation[] commands =
        [
            Command(KnownResourceCommands.StartCommand, "Start", "Play", runners, state => Startable.Contains(state)),
            Command(
                KnownResourceCommands.StopCommand, "Stop", "Stop", runners,
                state => state != KnownResourceStates.Waiting && state != KnownResourceStates.Stopping && !Startable.Contains(state)),
            Command(
                KnownResourceCommands.RestartCommand, "Restart", "ArrowCounterclockwise", runners,
                state => state != KnownResourceStates.Waiting && state != KnownResourceStates.Stopping && !Startable.Contains(state)),
        ];
        for (int i = 0; i < commands.Length; i++)
        {
            resource.Annotations.Insert(i, commands[i]);
        }
    }

    private static ResourceCommandAnnotation Command(
        string name, string displayName, string icon, IReadOnlyDictionary<string, ResourceRunner> runners, Func<string, bool> isEnabled) => new(
        name, displayName,
        context => context.ResourceSnapshot.State is { } state && isEnabled(state.Text) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        context => runners[context.ResourceName].ExecuteAsync(name, context.CancellationToken),
        displayDescription: null, parameter: null, confirmationMessage: null, icon, IconVariant.Filled, isHighlighted: true);
}
