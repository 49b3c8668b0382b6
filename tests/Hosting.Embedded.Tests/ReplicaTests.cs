using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>Several processes of one service.</summary>
public sealed class ReplicaTests
{
    private const int Count = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Replicas_have_ports_and_identities_of_their_own_and_who_refers_to_them_is_told_all()
    {
        await using DistributedApplication app = Build(builder =>
        {
            IResourceBuilder<ProjectResource> many = builder.AddProject<SampleProject>("many")
                .WithHttpEndpoint().WithHttpHealthCheck("/health").WithReplicas(Count);
            builder.AddProject<SampleProject>("one").WithHttpEndpoint().WithHttpHealthCheck("/health").WithReference(many).WaitFor(many);
        });
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("one").WaitAsync(Patience);

        using HttpClient one = app.CreateHttpClient("one");
        Dictionary<string, string> told = await ReadAsync(one);
        string[] urls = [.. Enumerable.Range(0, Count).Select(i => told[string.Create(CultureInfo.InvariantCulture, $"services__many__http__{i}")])];
        Assert.Equal(Count, urls.Distinct().Count());
        Assert.False(told.ContainsKey($"services__many__http__{Count}"));
        Assert.Equal(app.GetEndpoint("many").GetLeftPart(UriPartial.Authority), urls[0]);
        Assert.Equal(urls[0], told["MANY_HTTP"]);

        var identities = new HashSet<string>();
        foreach (string url in urls)
        {
            using var client = new HttpClient { BaseAddress = new Uri(url) };
            Dictionary<string, string> own = await ReadAsync(client);
            Assert.Equal(url, own["ASPNETCORE_URLS"]);
            Assert.Equal("many", own["OTEL_SERVICE_NAME"]);
            identities.Add(own["OTEL_RESOURCE_ATTRIBUTES"]);
        }

        Assert.Equal(Count, identities.Count);
        ResourceEvent[] instances = Instances(app);
        Assert.Equal(Count, instances.Length);
        Assert.All(instances, instance => Assert.Matches("^many-[a-z0-9]{8}$", instance.ResourceId));
        Assert.All(instances, instance => Assert.Equal(HealthStatus.Healthy, instance.Snapshot.HealthStatus));
    }

    [Fact]
    public async Task A_command_goes_to_one_instance_by_its_id_and_to_all_by_the_resource()
    {
        IResource? resource = null;
        await using DistributedApplication app = Build(builder => resource = builder.AddProject<SampleProject>("many")
            .WithHttpEndpoint().WithHttpHealthCheck("/health").WithReplicas(2).Resource);
        await app.StartAsync();
        await WaitAsync(app, HealthStatus.Healthy);

        string first = Instances(app)[0].ResourceId;
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(first, KnownResourceCommands.StopCommand)).Success);
        Assert.Single(Instances(app), instance => instance.Snapshot.State?.Text == KnownResourceStates.Finished);
        Assert.False((await app.ResourceCommands.ExecuteCommandAsync("many", KnownResourceCommands.StopCommand)).Success);

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(resource!, KnownResourceCommands.StopCommand)).Success);
        Assert.All(Instances(app), instance => Assert.Equal(KnownResourceStates.Finished, instance.Snapshot.State?.Text));
    }

    [Fact]
    public async Task What_replicas_cannot_share_is_refused_at_start()
    {
        await using DistributedApplication fixedPort = Build(
            builder => builder.AddProject<SampleProject>("many").WithHttpEndpoint(targetPort: 18080).WithReplicas(2));
        await using DistributedApplication proxyless = Build(
            builder => builder.AddProject<SampleProject>("many").WithHttpEndpoint(isProxied: false).WithReplicas(2));
        await using DistributedApplication same = Build(
            builder => builder.AddProject<SampleProject>("one").WithHttpEndpoint(port: 18080, targetPort: 18080));

        foreach (DistributedApplication app in new[] { fixedPort, proxyless, same })
        {
            DistributedApplicationException refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync());
            Assert.Contains("Leave", refusal.Message, StringComparison.Ordinal);
        }
    }

    private static async Task WaitAsync(DistributedApplication app, HealthStatus status)
    {
        foreach (string id in Instances(app).Select(instance => instance.ResourceId).ToArray())
        {
            await app.ResourceNotifications.WaitForResourceAsync("many", now => now.ResourceId == id && now.Snapshot.HealthStatus == status)
                .WaitAsync(Patience);
        }
    }

    private static ResourceEvent[] Instances(DistributedApplication app) =>
        [.. app.ResourceNotifications.Current().Where(one => one.Resource.Name == "many")];

    private static async Task<Dictionary<string, string>> ReadAsync(HttpClient client) =>
        (await System.Net.Http.Json.HttpClientJsonExtensions.GetFromJsonAsync<Dictionary<string, string>>(client, "environment"))!;

    private static DistributedApplication Build(Action<IDistributedApplicationBuilder> add)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        add(builder);
        return builder.Build();
    }
}
