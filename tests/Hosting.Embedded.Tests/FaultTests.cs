using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>What goes wrong outside the host's hands: nobody is left behind, nothing hangs, and somebody is told.</summary>
public sealed class FaultTests
{
    // Fifteen seconds are promised; a loaded machine gets more before a test calls it a hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_killed_service_starts_again_on_its_port_and_what_it_had_started_is_gone()
    {
        await using RunningSample sample = await RunningSample.StartHealthyAsync();
        int service = await sample.GetAsync<int>("first", "pid");
        int grandchild = int.Parse(await sample.PostAsync("first", "spawn"), System.Globalization.CultureInfo.InvariantCulture);
        Uri before = sample.App.GetEndpoint("first");

        using (var killed = Process.GetProcessById(service))
        {
            killed.Kill();
        }

        ResourceEvent restarting = await sample.StateAsync("first", now => now.State?.Text == "Restarting (1)");
        Assert.Equal(128 + 9, restarting.Snapshot.ExitCode);
        Assert.False(ProcessTable.IsAlive(grandchild));
        await sample.HealthyAsync("first");
        Assert.Equal(before, sample.App.GetEndpoint("first"));
    }

    [Fact]
    public async Task A_taken_port_is_passed_over_and_everybody_is_told_the_other_one()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        int taken = ((IPEndPoint)holder.LocalEndpoint).Port;
        await using DistributedApplication app = Build(builder =>
        {
            IResourceBuilder<ProjectResource> first = builder.AddProject<SampleProject>("first")
                .WithHttpEndpoint(port: taken).WithHttpHealthCheck("/health");
            builder.AddProject<SampleProject>("second").WithHttpEndpoint().WithHttpHealthCheck("/health").WithReference(first).WaitFor(first);
        });
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("second").WaitAsync(Patience);

        Uri given = app.GetEndpoint("first");
        Assert.NotEqual(taken, given.Port);
        using HttpClient second = app.CreateHttpClient("second");
        Dictionary<string, string> told =
            (await System.Net.Http.Json.HttpClientJsonExtensions.GetFromJsonAsync<Dictionary<string, string>>(second, "environment"))!;
        Assert.Equal(given.GetLeftPart(UriPartial.Authority), told["services__first__http__0"]);
    }

    [Fact]
    public async Task A_service_that_never_gets_healthy_keeps_others_waiting_says_why_and_stops_like_any_other()
    {
        RunningSample sample = await RunningSample.StartAsync("--healthy-after", "600000");
        ResourceEvent sick = await sample.StateAsync(
            "first", now => now.HealthReports.Any(report => report.Description?.Contains("503", StringComparison.Ordinal) == true));
        ResourceEvent waiting = await sample.StateAsync("second", now => now.State?.Text == KnownResourceStates.Waiting);

        Assert.Equal("first_http_/health_200_check", sick.Snapshot.HealthReports[0].Name);
        Assert.NotNull(sick.Snapshot.HealthReports[0].LastRunAt);
        Assert.Contains(waiting.Snapshot.Properties, property => property is { Name: "resource.waitingFor", Value: "first" });
        int process = await sample.GetAsync<int>("first", "pid");
        await sample.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.False(ProcessTable.IsAlive(process));
    }

    [Fact]
    public async Task A_service_that_will_not_stop_does_not_hold_up_the_end_of_the_application()
    {
        DistributedApplication app = Build(builder =>
            builder.AddExecutable("stubborn", "/bin/sh", "/", "-c", "trap '' TERM; echo ready; while true; do sleep 1; done"));
        await app.StartAsync();
        ResourceEvent running = await app.ResourceNotifications.WaitForResourceAsync(
            "stubborn", now => now.Snapshot.State?.Text == KnownResourceStates.Running).WaitAsync(Patience);
        int process = Assert.IsType<int>(running.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value);

        await app.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.False(ProcessTable.IsAlive(process));
    }

    [Fact]
    public async Task One_that_cannot_start_takes_nobody_else_along_and_who_waits_for_it_is_told()
    {
        await using DistributedApplication app = Build(builder =>
        {
            IResourceBuilder<ProjectResource> missing = builder.AddProject<MissingProject>("missing");
            builder.AddExecutable("waiter", "/bin/sh", "/", "-c", "sleep 60").WaitFor(missing, WaitBehavior.StopOnResourceUnavailable);
            builder.AddExecutable("other", "/bin/sh", "/", "-c", "sleep 60");
        });
        await app.StartAsync();

        await app.ResourceNotifications.WaitForResourceAsync("waiter", KnownResourceStates.FailedToStart).WaitAsync(Patience);
        await app.ResourceNotifications.WaitForResourceAsync("other", KnownResourceStates.Running).WaitAsync(Patience);
    }

    private static DistributedApplication Build(Action<IDistributedApplicationBuilder> add)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        add(builder);
        return builder.Build();
    }

    private sealed class MissingProject : IProjectMetadata
    {
        public string ProjectPath => typeof(SampleProject).Assembly.Location;

        public string TargetPath => Path.Combine(AppContext.BaseDirectory, "no-such.dll");
    }
}
