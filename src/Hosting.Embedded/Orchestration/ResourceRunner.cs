using System.Collections.Immutable;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>The life of one instance of a resource: waits, starts, watches, starts again after a crash, stops.</summary>
internal sealed partial class ResourceRunner : IDisposable
{
    // A service that ran this long before it crashed is not in a crash loop; it starts again at once.
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(60);
    private const int LinesShownAfterCrash = 10;

    private readonly ResourceInstance _instance;
    private readonly IResource _resource;
    private readonly HostContext _host;
    private readonly HealthMonitor _health;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _commandGate = new(1, 1);
    private CancellationTokenSource _stop = new();
    private CancellationTokenSource _waiting = new();
    private Task _life = Task.CompletedTask;

    public ResourceRunner(ResourceInstance instance, HostContext host)
    {
        _instance = instance;
        _resource = instance.Resource;
        _host = host;
        _health = new HealthMonitor(instance, host.Notifications, host.Checks, host.Clock);
        _logger = host.Loggers.CreateLogger($"Aspire.Hosting.Resources.{instance.Id}");
    }

    public string Id => _instance.Id;

    /// <summary>Begins the resource's life, or shows that it waits to be asked.</summary>
    public async Task StartAsync()
    {
        bool isExplicit = _resource.Annotations.OfType<ExplicitStartupAnnotation>().Any();
        await ShowAsync(now => (now with
        {
            State = isExplicit ? KnownResourceStates.NotStarted : KnownResourceStates.Starting,
            CreationTimeStamp = UtcNow(),
            Urls = Urls(),
            Relationships = Relationships(),
        }).WithProperty(KnownProperties.Source, ResourceProcess.SourceOf(_resource)));
        if (!isExplicit)
        {
            await BeginAsync(waits: true);
        }
    }

    public async Task<ExecuteCommandResult> ExecuteAsync(string command, CancellationToken cancellationToken)
    {
        await _commandGate.WaitAsync(cancellationToken);
        try
        {
            if (command == KnownResourceCommands.StartCommand)
            {
                // On a waiting resource the command means: do not wait any more.
                await _waiting.CancelAsync();
                if (_life.IsCompleted)
                {
                    await BeginAsync(waits: false);
                }
            }
            else if (command == KnownResourceCommands.StopCommand)
            {
                await EndAsync();
            }
            else if (command == KnownResourceCommands.RestartCommand)
            {
                await EndAsync();
                await BeginAsync(waits: true);
            }
            else
            {
                return CommandResults.Failure($"'{Id}' has no command '{command}'; it has start, stop and restart.");
            }

            return CommandResults.Success();
        }
        finally
        {
            _commandGate.Release();
        }
    }

    public async Task StopAsync()
    {
        await _commandGate.WaitAsync();
        try
        {
            await EndAsync();
        }
        finally
        {
            _commandGate.Release();
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _waiting.Dispose();
        _commandGate.Dispose();
    }

    private async Task BeginAsync(bool waits)
    {
        // Shown before anything else: whoever waits from now on must not take the last end for this one.
        await ShowAsync(now => now with { State = KnownResourceStates.Starting, ExitCode = null, HealthStatus = null });
        _stop.Dispose();
        _waiting.Dispose();
        _stop = new CancellationTokenSource();
        _waiting = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        CancellationToken stop = _stop.Token;
        CancellationToken waiting = _waiting.Token;
        _life = Task.Run(() => LiveAsync(waits, waiting, stop), CancellationToken.None);
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _life;
    }

    private async Task LiveAsync(bool waits, CancellationToken waiting, CancellationToken stop)
    {
        try
        {
            if (waits)
            {
                await WaitForOthersAsync(waiting, stop);
            }

            int exitCode = await RunAndRestartAsync(stop);
            await ShowEndAsync(KnownResourceStates.Finished, exitCode);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await ShowEndAsync(KnownResourceStates.Finished, null);
        }
        catch (Exception e)
        {
            // Whatever it was, it ends this resource and no other; the console log keeps the whole of it.
            LogCannotStart(_logger, Id, e.Message);
            _host.Logs.Append(Id, e.ToString(), isErrorMessage: true);
            await ShowEndAsync(KnownResourceStates.FailedToStart, null);
        }
    }

    private async Task WaitForOthersAsync(CancellationToken waiting, CancellationToken stop)
    {
        try
        {
            await _host.Notifications.WaitForDependenciesAsync(_instance, waiting);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            _host.Logs.Append(Id, "Started on request, without waiting any longer.", isErrorMessage: false);
        }
    }

    /// <returns>The exit code of the last run: zero, or whatever it was when a stop was asked for.</returns>
    private async Task<int> RunAndRestartAsync(CancellationToken stop)
    {
        for (int crashCount = 1; ; crashCount++)
        {
            long started = _host.Clock.GetTimestamp();
            int exitCode = await RunOnceAsync(stop);
            if (exitCode == 0 || stop.IsCancellationRequested || !_host.Options.RestartOnCrash)
            {
                return exitCode;
            }

            if (_host.Clock.GetElapsedTime(started) > Steady)
            {
                crashCount = 1;
            }

            TimeSpan delay = DelayBeforeRestart(crashCount, _host.Options);
            LogCrash(_logger, Id, exitCode, delay.TotalSeconds, crashCount, LastLines());
            await ShowAsync(now => (now with
            {
                State = new ResourceStateSnapshot(string.Create(CultureInfo.InvariantCulture, $"Restarting ({crashCount})"), "warn"),
                ExitCode = exitCode,
                HealthStatus = null,
                StopTimeStamp = UtcNow(),
            }).WithProperty(KnownProperties.ProcessId, null));
            await Task.Delay(delay, _host.Clock, stop);
        }
    }

    /// <summary>1, 2, 4 ... 60 s.</summary>
    internal static TimeSpan DelayBeforeRestart(int crashCount, OrchestratorOptions options)
    {
        double factor = Math.Pow(2, Math.Min(crashCount - 1, 16));
        TimeSpan delay = options.RestartDelayMin * factor;
        return delay < options.RestartDelayMax ? delay : options.RestartDelayMax;
    }

    private async Task<int> RunOnceAsync(CancellationToken stop)
    {
        Dictionary<string, string> variables = await _host.Environment.VariablesAsync(_instance, stop);
        IReadOnlyList<string> arguments = await ResourceEnvironment.ArgumentsAsync(_resource, stop);
        ProcessSpec spec = ResourceProcess.Specify(_resource, arguments, variables);
        stop.ThrowIfCancellationRequested();

        var child = ChildProcess.Start(spec, _host.Watchdog, Write);
        await ShowAsync(now => (now with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = UtcNow(),
            StopTimeStamp = null,
            ExitCode = null,
            HealthStatus = _health.HasChecks ? HealthStatus.Unhealthy : HealthStatus.Healthy,
            HealthReports = [.. _health.Unasked()],
            EnvironmentVariables = [.. variables.Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, true))],
        }).WithProperty(KnownProperties.ProcessId, child.Id));

        using var running = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task health = _health.HasChecks ? _health.RunAsync(running.Token) : Task.CompletedTask;
        var stopAsked = new TaskCompletionSource();
        await using (stop.Register(stopAsked.SetResult))
        {
            await Task.WhenAny(child.Exited, stopAsked.Task);
        }

        await running.CancelAsync();
        await health.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!child.Exited.IsCompleted)
        {
            await ShowAsync(now => now with { State = KnownResourceStates.Stopping, HealthStatus = null });
            await child.StopAsync(_host.Options.StopGrace);
        }

        return await child.Exited;
    }

    private void Write(string line, bool isError)
    {
        _host.Logs.Append(Id, line, isError);
        if (_host.Options.EnableResourceLogging)
        {
            DistributedApplication.LogLine(_logger, line, null);
        }
    }

    private string LastLines() => string.Join(
        '\n', _host.Logs.Kept(Id).TakeLast(LinesShownAfterCrash).Select(line => $"    {line.Content}"));

    private Task ShowEndAsync(string state, int? exitCode) => ShowAsync(now => (now with
    {
        State = state,
        ExitCode = exitCode ?? now.ExitCode,
        HealthStatus = null,
        StopTimeStamp = UtcNow(),
    }).WithProperty(KnownProperties.ProcessId, null));

    private Task ShowAsync(Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        _host.Notifications.PublishUpdateAsync(_resource, Id, change);

    private ImmutableArray<UrlSnapshot> Urls() =>
        [.. ResourceUrls.Of(_instance).Select(link => new UrlSnapshot(link.DisplayText, link.Url, link.DisplayLocation == UrlDisplayLocation.DetailsOnly))];

    private ImmutableArray<RelationshipSnapshot> Relationships() =>
    [
        .. _resource.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Select(relation => new RelationshipSnapshot(relation.Resource.Name, relation.Type)).Distinct(),
    ];

    private DateTime UtcNow() => _host.Clock.GetUtcNow().UtcDateTime;

    [LoggerMessage(1, LogLevel.Error, "'{Name}' ended with exit code {ExitCode} and starts again in {Seconds} s ({CrashCount}). Its last lines:\n{Lines}")]
    private static partial void LogCrash(ILogger logger, string name, int exitCode, double seconds, int crashCount, string lines);

    [LoggerMessage(2, LogLevel.Error, "'{Name}' could not be started: {Reason}")]
    private static partial void LogCannotStart(ILogger logger, string name, string reason);
}
