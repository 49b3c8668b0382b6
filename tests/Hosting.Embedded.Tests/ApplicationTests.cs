using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>An application as its services and its tests see it.</summary>
public sealed class ApplicationTests
{
    [Fact]
    public async Task A_resource_starts_only_after_the_one_it_waits_for_is_healthy()
    {
        await using RunningSample sample = await RunningSample.StartAsync("--healthy-after", "5000");

        ResourceEvent waiting = await sample.StateAsync("second", now => now.State?.Text == KnownResourceStates.Waiting);
        Assert.Contains(waiting.Snapshot.Properties, property => property is { Name: "resource.waitingFor", Value: "first" });

        ResourceEvent second = await sample.HealthyAsync("second");
        Assert.True(sample.Notifications.TryGetCurrentState("first", out ResourceEvent? first));
        Assert.True(second.Snapshot.StartTimeStamp - first!.Snapshot.StartTimeStamp >= TimeSpan.FromMilliseconds(5000));
    }

    [Fact]
    public async Task A_service_is_given_the_variables_that_upstream_gives()
    {
        await using RunningSample sample = await RunningSample.StartHealthyAsync();

        Dictionary<string, string> second = await sample.GetAsync<Dictionary<string, string>>("second", "environment");
        string firstUrl = sample.App.GetEndpoint("first").GetLeftPart(UriPartial.Authority);
        string secondUrl = sample.App.GetEndpoint("second").GetLeftPart(UriPartial.Authority);
        Assert.Equal(firstUrl, second["services__first__http__0"]);
        Assert.Equal(firstUrl, second["FIRST_HTTP"]);
        Assert.Equal($"{firstUrl}/environment", second["SAMPLE_URL"]);
        Assert.Equal(secondUrl, second["ASPNETCORE_URLS"]);
        Assert.Equal("second", second["OTEL_SERVICE_NAME"]);
        Assert.Matches("^service.instance.id=[a-z0-9]{8}$", second["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Equal("in_memory", second["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"]);
        Assert.Equal("simple", second["LOGGING__CONSOLE__FORMATTERNAME"]);
        Assert.Equal(["--from", "the host"], await sample.GetAsync<string[]>("second", "arguments"));

        Dictionary<string, string> first = await sample.GetAsync<Dictionary<string, string>>("first", "environment");
        Assert.Equal(40, first["SAMPLE_KEY"].Length);
        Assert.Equal(first["SAMPLE_KEY"], second["SAMPLE_KEY"]);
    }

    [Fact]
    public async Task A_secret_is_new_at_every_start()
    {
        string[] keys = new string[2];
        for (int i = 0; i < keys.Length; i++)
        {
            await using RunningSample sample = await RunningSample.StartHealthyAsync();
            keys[i] = (await sample.GetAsync<Dictionary<string, string>>("first", "environment"))["SAMPLE_KEY"];
        }

        Assert.NotEqual(keys[0], keys[1]);
    }

    [Fact]
    public async Task A_crashed_service_starts_again_on_its_port()
    {
        await using RunningSample sample = await RunningSample.StartHealthyAsync();
        Uri before = sample.App.GetEndpoint("first");
        int pid = await sample.GetAsync<int>("first", "pid");

        // Watched before it happens: the state lasts only until the next start.
        Task<ResourceEvent> restart = sample.StateAsync("first", now => now.State?.Text == "Restarting (1)");
        await sample.PostAsync("first", "crash");

        ResourceEvent restarting = await restart;
        Assert.Equal(3, restarting.Snapshot.ExitCode);
        await sample.HealthyAsync("first");
        Assert.Equal(before, sample.App.GetEndpoint("first"));
        Assert.NotEqual(pid, await sample.GetAsync<int>("first", "pid"));
    }

    [Fact]
    public async Task With_the_setting_off_a_crashed_service_stays_ended()
    {
        await using RunningSample sample = await RunningSample.StartHealthyAsync("--EmbeddedHost:RestartOnCrash=false");

        await sample.PostAsync("first", "crash");

        ResourceEvent ended = await sample.StateAsync("first", now => now.State?.Text == KnownResourceStates.Finished);
        Assert.Equal(3, ended.Snapshot.ExitCode);
    }

    [Fact]
    public async Task Commands_stop_and_start_a_service()
    {
        await using RunningSample sample = await RunningSample.StartHealthyAsync();
        int pid = await sample.GetAsync<int>("first", "pid");

        Assert.True((await sample.App.ResourceCommands.ExecuteCommandAsync("first", KnownResourceCommands.StopCommand)).Success);
        ResourceEvent stopped = await sample.StateAsync("first", now => now.State?.Text == KnownResourceStates.Finished);
        Assert.Equal(0, stopped.Snapshot.ExitCode);
        Assert.False(ProcessTable.IsAlive(pid));

        Assert.True((await sample.App.ResourceCommands.ExecuteCommandAsync("first", KnownResourceCommands.StartCommand)).Success);
        await sample.HealthyAsync("first");

        ExecuteCommandResult unknown = await sample.App.ResourceCommands.ExecuteCommandAsync("first", "dance");
        Assert.False(unknown.Success);
        Assert.Contains("start, stop, restart", unknown.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_on_a_waiting_resource_forces_it()
    {
        await using RunningSample sample = await RunningSample.StartAsync("--healthy-after", "600000");
        await sample.StateAsync("second", now => now.State?.Text == KnownResourceStates.Waiting);

        await sample.App.ResourceCommands.ExecuteCommandAsync("second", KnownResourceCommands.StartCommand);

        await sample.HealthyAsync("second");
    }

    [Fact]
    public async Task What_a_service_has_started_ends_with_it()
    {
        await using RunningSample sample = await RunningSample.StartHealthyAsync();
        int grandchild = int.Parse(await sample.PostAsync("first", "spawn"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(ProcessTable.IsAlive(grandchild));

        Task<ResourceEvent> restart = sample.StateAsync("first", now => now.State?.Text == "Restarting (1)");
        await sample.PostAsync("first", "crash");
        await restart;

        Assert.True(await ProcessTable.EndsAsync(grandchild, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Disposing_leaves_no_process()
    {
        RunningSample sample = await RunningSample.StartHealthyAsync();
        int first = await sample.GetAsync<int>("first", "pid");
        int second = await sample.GetAsync<int>("second", "pid");

        await sample.DisposeAsync();

        Assert.False(ProcessTable.IsAlive(first));
        Assert.False(ProcessTable.IsAlive(second));
    }
}
