using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Gives out ports, then lets every resource live.</summary>
internal sealed class Orchestrator(
    IResourceCollection resources, ResourceNotificationService notifications, ResourceLoggerService logs, ResourceCommandService commands,
    DistributedApplicationExecutionContext executionContext, OrchestratorOptions options, OtlpSettings otlp, ILoggerFactory loggers)
    : IHostedService, IDisposable
{
    private readonly List<ResourceRunner> _runners = [];
    private Watchdog? _watchdog;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ShowParametersAsync();
        AllocatePorts();

        _watchdog = new Watchdog();
        var host = new HostContext(
            notifications, logs, _watchdog, new ResourceEnvironment(executionContext, otlp), options, TimeProvider.System, loggers);
        foreach (IResource resource in resources.Where(ResourceProcess.Is))
        {
            var runner = new ResourceRunner(resource, host);
            _runners.Add(runner);
            commands.Register(resource.Name, runner.ExecuteAsync);
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

    private async Task ShowParametersAsync()
    {
        foreach (ParameterResource parameter in resources.OfType<ParameterResource>())
        {
            // Asked for now: a missing one ends the start with its name, before anything runs.
            string value = parameter.Value;
            await notifications.PublishUpdateAsync(parameter, now => (now with { State = KnownResourceStates.Running })
                .WithProperty("Value", parameter.Secret ? "********" : value));
        }
    }

    private void AllocatePorts()
    {
        var allocator = new PortAllocator(options.RandomizePorts);

        // Wishes first: a resource without one must not be given the port that another one asks for.
        foreach (EndpointAnnotation endpoint in resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>())
            .OrderBy(endpoint => endpoint.Port is null))
        {
            endpoint.AllocatedPort = allocator.Allocate(endpoint.Port ?? endpoint.TargetPort);
        }
    }
}
