using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Ratchet.EndToEnd.Tests;

/// <summary>One whole Ratchet for all tests that do not kill it.</summary>
public sealed class RatchetFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("ratchet-end-to-end-");
    private readonly Dictionary<int, Task<string>> _adapters = [];
    private DistributedApplication? _app;

    /// <summary>The application, to give its resources commands.</summary>
    public DistributedApplication App => _app!;

    /// <summary>Calls the Gateway.</summary>
    public HttpClient Http { get; private set; } = null!;

    public Uri Gateway => Http.BaseAddress!;

    public RagClient Rag => new(Http);

    public TrainerClient Trainer => new(Http);

    public Jobs Jobs => new(Http);

    public Chats Chats => new(Http);

    /// <summary>A small adapter of this seed; trained when first asked for.</summary>
    public Task<string> AdapterAsync(int seed) =>
        _adapters.TryGetValue(seed, out Task<string>? known) ? known : _adapters[seed] = TrainAsync(seed);

    public async ValueTask InitializeAsync()
    {
        IDistributedApplicationTestingBuilder builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--data", _data.FullName], (options, _) => options.EnableResourceLogging = false);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        _app = await builder.BuildAsync().WaitAsync(StartPatience);
        await _app.StartAsync().WaitAsync(StartPatience);
        foreach (ProjectResource service in builder.Resources.OfType<ProjectResource>())
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service.Name).WaitAsync(StartPatience);
        }

        Http = new HttpClient { BaseAddress = _app.GetEndpoint("gateway"), Timeout = TimeSpan.FromMinutes(2) };
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }

    private async Task<string> TrainAsync(int seed)
    {
        string file = await Jobs.UploadAsync(TrainingText.Lines(12));
        string job = await Jobs.StartAsync(file, seed, steps: 3);
        return (await Jobs.FinishAsync(job)).GetProperty("fine_tuned_model").GetString()!;
    }
}

/// <summary>Tests that share one running Ratchet.</summary>
[CollectionDefinition(nameof(RunningRatchetCollection))]
#pragma warning disable CA1711 // xUnit calls it a collection.
public sealed class RunningRatchetCollection : ICollectionFixture<RatchetFixture>;
#pragma warning restore CA1711
