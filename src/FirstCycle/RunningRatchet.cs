using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ratchet.FirstCycle;

/// <summary>All services, started by the same AppHost as ever, on a data folder and ports of their own.</summary>
internal sealed class RunningRatchet : IAsyncDisposable
{
    // A passage is small enough for two of them and a question in a short prompt: training is the longest step.
    private const string TokensPerChunk = "64";
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    private readonly DistributedApplication _app;

    private RunningRatchet(DistributedApplication app)
    {
        _app = app;
        Gateway = app.GetEndpoint("gateway");
        Http = new HttpClient { BaseAddress = Gateway, Timeout = TimeSpan.FromMinutes(2) };
        Stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
    }

    public Uri Gateway { get; }

    /// <summary>Calls the Gateway.</summary>
    public HttpClient Http { get; }

    /// <summary>Ctrl+C.</summary>
    public CancellationToken Stopping { get; }

    public static async Task<RunningRatchet> StartAsync(string dataFolder, CycleArguments arguments)
    {
        string[] args = ["--data", dataFolder, .. arguments.Model is { } model ? new[] { "--model", model } : [], .. arguments.Settings];
        IDistributedApplicationTestingBuilder builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            args, (options, _) => options.EnableResourceLogging = false);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        IResource rag = builder.Resources.Single(resource => resource.Name == "rag");
        builder.CreateResourceBuilder((ProjectResource)rag).WithEnvironment("Chunking__TokensPerChunk", TokensPerChunk);

        DistributedApplication app = await builder.BuildAsync();
        await app.StartAsync();
        try
        {
            foreach (ProjectResource service in builder.Resources.OfType<ProjectResource>())
            {
                await app.ResourceNotifications.WaitForResourceHealthyAsync(service.Name).WaitAsync(StartPatience);
            }
        }
        catch (Exception e) when (e is TimeoutException or DistributedApplicationException)
        {
            await app.DisposeAsync();
            throw new StepFailedException(
                e is TimeoutException ? $"The services were not all healthy within {StartPatience.TotalMinutes:0} minutes." : e.Message, e);
        }

        return new RunningRatchet(app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
