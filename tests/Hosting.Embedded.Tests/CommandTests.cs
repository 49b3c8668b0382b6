using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>Commands that an AppHost adds, and requests that are commands.</summary>
public sealed class CommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_command_of_the_AppHost_is_shown_with_its_state_and_runs()
    {
        string? asked = null;
        await using DistributedApplication app = Build(builder => builder.AddExecutable("program", "/bin/sh", "/", "-c", "sleep 60")
            .WithCommand(
                "greet", "Greet",
                context =>
                {
                    asked = context.ResourceName;
                    return Task.FromResult(CommandResults.Success("Hello."));
                },
                new CommandOptions { Description = "Says hello.", ConfirmationMessage = "Really?", IconName = "Chat", IsHighlighted = true }));
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("program", KnownResourceStates.Running).WaitAsync(Patience);

        ResourceCommandSnapshot[] commands = Commands(app, "program");
        Assert.Equal(["start", "stop", "restart", "greet"], commands.Select(command => command.Name));
        Assert.Equal(
            new ResourceCommandSnapshot("greet", ResourceCommandState.Enabled, "Greet", "Says hello.", null, "Really?", "Chat", null, true), commands[3]);
        ExecuteCommandResult result = await app.ResourceCommands.ExecuteCommandAsync("program", "greet");
        Assert.True(result.Success);
        Assert.Equal("Hello.", result.Message);
        Assert.Equal("program", asked);
    }

    [Fact]
    public async Task The_states_of_start_and_stop_follow_the_resource()
    {
        await using DistributedApplication app = Build(
            builder => builder.AddExecutable("program", "/bin/sh", "/", "-c", "sleep 60").WithExplicitStart());
        await app.StartAsync();

        Assert.Equal(["start"], Enabled(app));
        await app.ResourceCommands.ExecuteCommandAsync("program", KnownResourceCommands.StartCommand);
        await app.ResourceNotifications.WaitForResourceAsync("program", KnownResourceStates.Running).WaitAsync(Patience);
        Assert.Equal(["stop", "restart"], Enabled(app));
        await app.ResourceCommands.ExecuteCommandAsync("program", KnownResourceCommands.StopCommand);
        Assert.Equal(["start"], Enabled(app));
    }

    [Fact]
    public async Task A_command_that_throws_says_why_and_ends_nothing()
    {
        await using DistributedApplication app = Build(builder => builder.AddExecutable("program", "/bin/sh", "/", "-c", "sleep 60")
            .WithCommand("break", "Break", _ => throw new InvalidOperationException("It is too heavy.")));
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("program", KnownResourceStates.Running).WaitAsync(Patience);

        ExecuteCommandResult result = await app.ResourceCommands.ExecuteCommandAsync("program", "break");

        Assert.False(result.Success);
        Assert.Equal("It is too heavy.", result.Message);
        Assert.Contains(
            app.Services.GetRequiredService<ResourceLoggerService>().Kept("program"),
            line => line.IsErrorMessage && line.Content.Contains("It is too heavy.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_is_a_command_while_its_resource_runs()
    {
        await using DistributedApplication app = Build(builder => builder.AddProject<SampleProject>("service")
            .WithHttpEndpoint().WithHttpHealthCheck("/health").WithExplicitStart()
            .WithHttpCommand("/echo", "Echo", commandName: "echo", commandOptions: new HttpCommandOptions
            {
                PrepareRequest = context =>
                {
                    context.Request.Content = new StringContent($"to {context.ResourceName}");
                    return Task.CompletedTask;
                },
                GetCommandResult = async context => CommandResults.Success(await context.Response.Content.ReadAsStringAsync(context.CancellationToken)),
            })
            .WithHttpCommand("/nowhere", "Nowhere", commandName: "nowhere")
            .WithHttpCommand("/pid", "Process", commandName: "pid", commandOptions: new HttpCommandOptions { Method = HttpMethod.Get }));
        await app.StartAsync();
        Assert.Equal(ResourceCommandState.Disabled, Commands(app, "service").Single(command => command.Name == "echo").State);

        await app.ResourceCommands.ExecuteCommandAsync("service", KnownResourceCommands.StartCommand);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service").WaitAsync(Patience);

        Assert.Equal(ResourceCommandState.Enabled, Commands(app, "service").Single(command => command.Name == "echo").State);
        Assert.Equal("POST to service", (await app.ResourceCommands.ExecuteCommandAsync("service", "echo")).Message);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("service", "pid")).Success);
        ExecuteCommandResult lost = await app.ResourceCommands.ExecuteCommandAsync("service", "nowhere");
        Assert.False(lost.Success);
        Assert.Contains("404", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_of_one_instance_run_one_after_the_other()
    {
        await using DistributedApplication app = Build(builder => builder.AddExecutable("program", "/bin/sh", "/", "-c", "sleep 60"));
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceAsync("program", KnownResourceStates.Running).WaitAsync(Patience);

        ExecuteCommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => app.ResourceCommands.ExecuteCommandAsync(
            "program", i % 2 == 0 ? KnownResourceCommands.StopCommand : KnownResourceCommands.StartCommand))).WaitAsync(Patience);

        Assert.All(results, result => Assert.True(result.Success, result.Message));
        await app.ResourceCommands.ExecuteCommandAsync("program", KnownResourceCommands.RestartCommand).WaitAsync(Patience);
        await app.ResourceNotifications.WaitForResourceAsync("program", KnownResourceStates.Running).WaitAsync(Patience);
    }

    private static ResourceCommandSnapshot[] Commands(DistributedApplication app, string name) =>
        app.ResourceNotifications.TryGetCurrentState(name, out ResourceEvent? now) ? [.. now!.Snapshot.Commands] : [];

    private static string[] Enabled(DistributedApplication app) =>
        [.. Commands(app, "program").Where(command => command.State == ResourceCommandState.Enabled).Select(command => command.Name)];

    private static DistributedApplication Build(Action<IDistributedApplicationBuilder> add)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });
        add(builder);
        return builder.Build();
    }
}
