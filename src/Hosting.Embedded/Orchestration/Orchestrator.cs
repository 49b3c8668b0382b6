using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Orchestration;

/// <summary>Gives out ports, then lets every resource live.</summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService logs,
    DistributedApplicationExecutionContext executionContext, OrchestratorOptions options, OtlpSettings otlp, HealthCheckService checks,
    IOptions<HealthCheckServiceOptions> registered, ILoggerFactory loggers)
    : IHostedService, IDisposable
{
    private readonly List<ResourceRunner> _runners = [];
    private Watchdog? _watchdog;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        EndpointRules.Check(model.Resources);
        CheckHealthChecks();
        await ShowParametersAsync();
        await ShowBuiltInAsync();
        new EndpointPorts(options.RandomizePorts).Allocate(model.Resources);

        _watchdog = new Watchdog();
        var host = new HostContext(
            notifications, logs, _watchdog, new ResourceEnvironment(executionContext, otlp), options, checks, TimeProvider.System, loggers);
        foreach (IResource resource in model.Resources.Where(ResourceProcess.Is))
        {
            var runners = ResourceInstance.Of(resource).ToDictionary(instance => instance.Id, instance => new ResourceRunner(instance, host));
            _runners.AddRange(runners.Values);
            LifecycleCommands.AddTo(resource, runners);
        }

        foreach (ResourceRunner runner in _runners)
        {
            await runner.StartAsync();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_runners.Select(runner => runner.StopAsync()));

    public void Dispose()
    {
        foreach (ResourceRunner runner in _runners)
        {
            runner.Dispose();
        }

        _runners.Clear();
        _watchdog?.Dispose();
        notifications.Dispose();
    }

    private void CheckHealthChecks()
    {
        foreach (IResource resource in model.Resources)
        {
            foreach (HealthCheckAnnotation check in resource.Annotations.OfType<HealthCheckAnnotation>())
            {
                if (!registered.Value.Registrations.Any(registration => registration.Name == check.Key))
                {
                    throw new DistributedApplicationException(
                        $"Resource '{resource.Name}' has the health check '{check.Key}', which is not registered. "
                        + $"Add it with builder.Services.AddHealthChecks().AddCheck(\"{check.Key}\", ...).");
                }
            }
        }
    }

    private async Task ShowParametersAsync()
    {
        // Asked for now: missing ones end the start with their names, before anything runs.
        var missing = new List<string>();
        foreach (IResource resource in model.Resources.Where(one => one is ParameterResource or ConnectionStringParameterResource))
        {
            bool isSecret = resource is not ParameterResource { Secret: false };
            string? value = null;
            try
            {
                value = (resource as ParameterResource)?.Value ?? ((ConnectionStringParameterResource)resource).Value;
            }
            catch (MissingParameterValueException e)
            {
                missing.Add(e.Message);
            }

            await notifications.PublishUpdateAsync(resource, now => (now with
            {
                State = value is null
                    ? new ResourceStateSnapshot(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn)
                    : KnownResourceStates.Running,
                HealthStatus = value is null || resource is ParameterResource ? null : HealthStatus.Healthy,
            }).WithProperty("Value", value is null ? null : isSecret ? "********" : value));
        }

        if (missing.Count > 0)
        {
            throw new MissingParameterValueException(string.Join('\n', missing));
        }
    }

    private async Task ShowBuiltInAsync()
    {
        foreach (IBuiltInResource resource in model.Resources.OfType<IBuiltInResource>())
        {
            await notifications.PublishUpdateAsync(resource, now => (now with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.BuiltIn, KnownResourceStateStyles.Success),
                HealthStatus = HealthStatus.Healthy,
            }).WithProperty(KnownProperties.Source, resource.ServedBy));
        }
    }
}
