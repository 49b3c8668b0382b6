using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>Redis and Qdrant in a host that starts neither, and servers that run already.</summary>
public sealed class ServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Redis_and_Qdrant_are_built_in_healthy_and_known_to_nobody()
    {
        await using DistributedApplication app = Build(builder =>
        {
            IResourceBuilder<RedisResource> redis = builder.AddRedis("redis").WithDataVolume("volume").WithPersistence(TimeSpan.FromSeconds(1))
                .WithLifetime(ContainerLifetime.Persistent);
            IResourceBuilder<QdrantServerResource> qdrant = builder.AddQdrant("qdrant").WithDataVolume();
            builder.AddProject<SampleProject>("service").WithHttpEndpoint().WithHttpHealthCheck("/health")
                .WithReference(redis).WithReference(qdrant).WaitFor(redis).WaitForStart(qdrant);
        });
        await app.StartAsync();

        await app.ResourceNotifications.WaitForResourceHealthyAsync("service").WaitAsync(Patience);
        foreach (string name in new[] { "redis", "qdrant" })
        {
            Assert.True(app.ResourceNotifications.TryGetCurrentState(name, out ResourceEvent? server));
            Assert.Equal("Built in", server!.Snapshot.State?.Text);
            Assert.Equal(HealthStatus.Healthy, server.Snapshot.HealthStatus);
            Assert.Contains(server.Snapshot.Properties, property => property is { Name: "resource.source", Value: string { Length: > 0 } });
            Assert.Null(await app.GetConnectionStringAsync(name));
        }

        Assert.DoesNotContain(await EnvironmentAsync(app, "service"), variable => variable.Key.StartsWith("ConnectionStrings", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_runs_already_is_known_by_its_connection_string()
    {
        await using DistributedApplication app = Build(
            builder => builder.AddProject<SampleProject>("service").WithHttpEndpoint().WithHttpHealthCheck("/health")
                .WithReference(builder.AddConnectionString("redis")).WithReference(builder.AddConnectionString("old", "OLD_SERVER")),
            "--ConnectionStrings:redis=localhost:6379,password=x", "--ConnectionStrings:old=there");
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service").WaitAsync(Patience);

        Dictionary<string, string> environment = await EnvironmentAsync(app, "service");
        Assert.Equal("localhost:6379,password=x", environment["ConnectionStrings__redis"]);
        Assert.Equal("there", environment["OLD_SERVER"]);
        Assert.Equal("there", await app.GetConnectionStringAsync("old"));
        Assert.True(app.ResourceNotifications.TryGetCurrentState("redis", out ResourceEvent? redis));
        Assert.Contains(redis!.Snapshot.Properties, property => property is { Name: "Value", Value: "********" });
    }

    [Fact]
    public async Task All_missing_values_are_named_at_once_and_nothing_starts()
    {
        await using DistributedApplication app = Build(builder =>
        {
            builder.AddParameter("licence");
            builder.AddConnectionString("redis");
            builder.AddExecutable("program", "/bin/sh", "/", "-c", "sleep 60");
        });

        MissingParameterValueException refusal = await Assert.ThrowsAsync<MissingParameterValueException>(() => app.StartAsync());

        Assert.Contains("Parameters__licence", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__redis", refusal.Message, StringComparison.Ordinal);
        Assert.True(app.ResourceNotifications.TryGetCurrentState("licence", out ResourceEvent? licence));
        Assert.Equal(KnownResourceStates.ValueMissing, licence!.Snapshot.State?.Text);
        Assert.False(app.ResourceNotifications.TryGetCurrentState("program", out _));
    }

    private static async Task<Dictionary<string, string>> EnvironmentAsync(DistributedApplication app, string service)
    {
        using HttpClient client = app.CreateHttpClient(service);
        return (await System.Net.Http.Json.HttpClientJsonExtensions.GetFromJsonAsync<Dictionary<string, string>>(client, "environment"))!;
    }

    private static DistributedApplication Build(Action<IDistributedApplicationBuilder> add, params string[] args)
    {
        IDistributedApplicationBuilder builder =
            DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DisableDashboard = true });
        add(builder);
        return builder.Build();
    }
}
