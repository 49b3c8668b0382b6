using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public class DistributedApplication : IHost, IAsyncDisposable
{
    public DistributedApplication(IHost host) => throw null!;

    public IServiceProvider Services => throw null!;

    public ResourceNotificationService ResourceNotifications => throw null!;

    public ResourceCommandService ResourceCommands => throw null!;

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => throw null!;

    public virtual void Dispose() => throw null!;

    public virtual ValueTask DisposeAsync() => throw null!;

    public virtual Task StartAsync(CancellationToken cancellationToken = default) => throw null!;

    public virtual Task StopAsync(CancellationToken cancellationToken = default) => throw null!;

    public void Run() => throw null!;
}

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }

    string AppHostDirectory { get; }

    IServiceCollection Services { get; }

    DistributedApplicationExecutionContext ExecutionContext { get; }

    IResourceCollection Resources { get; }

    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    DistributedApplication Build();
}

public class DistributedApplicationExecutionContext
{
    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation) => throw null!;

    public bool IsPublishMode => throw null!;

    public bool IsRunMode => throw null!;
}

public enum DistributedApplicationOperation
{
    Run = 0,
    Publish = 1,
}

public sealed class DistributedApplicationOptions
{
    public bool EnableResourceLogging { get; set; }

    public string[]? Args { get; set; }

    public bool DisableDashboard { get; set; }
}

public class DistributedApplicationException : Exception
{
    public DistributedApplicationException(string message) => throw null!;
}

public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }

    bool SuppressBuild { get; }
}

public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
