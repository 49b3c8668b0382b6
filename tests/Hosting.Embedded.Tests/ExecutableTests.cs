using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>Plain programs as resources, and how those end that do not want to.</summary>
public sealed class ExecutableTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task What_a_program_writes_is_kept_by_stream()
    {
        await using DistributedApplication app = Build(builder => builder.AddExecutable("talker", "/bin/sh", "/", "-c", "echo out; echo err >&2; sleep 60"));
        await app.StartAsync();

        List<LogLine> lines = await LinesAsync(app, "talker", 2);

        Assert.Equal([("err", true), ("out", false)], lines.Select(line => (line.Content, line.IsErrorMessage)).Order());
    }

    [Fact]
    public async Task Who_ignores_the_request_to_stop_is_ended_after_the_grace()
    {
        await using DistributedApplication app = Build(
            builder => builder.AddExecutable("stubborn", "/bin/sh", "/", "-c", "trap '' TERM; echo deaf; while true; do sleep 1; done"),
            "--EmbeddedHost:StopGraceSeconds=1");
        await app.StartAsync();
        Assert.Equal(["deaf"], (await LinesAsync(app, "stubborn", 1)).Select(line => line.Content));

        await app.ResourceCommands.ExecuteCommandAsync("stubborn", KnownResourceCommands.StopCommand).WaitAsync(Patience);

        Assert.True(app.ResourceNotifications.TryGetCurrentState("stubborn", out ResourceEvent? ended));
        Assert.Equal(128 + 9, ended!.Snapshot.ExitCode);
    }

    [Fact]
    public async Task Completion_is_awaited_with_its_exit_code()
    {
        await using DistributedApplication app = Build(builder =>
        {
            IResourceBuilder<ExecutableResource> migration = builder.AddExecutable("migration", "/bin/sh", "/", "-c", "exit 0");
            builder.AddExecutable("after", "/bin/sh", "/", "-c", "sleep 60").WaitForCompletion(migration);
        });
        await app.StartAsync();

        await app.ResourceNotifications.WaitForResourceAsync("after", KnownResourceStates.Running).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_to_start_and_takes_nobody_with_it()
    {
        await using DistributedApplication app = Build(builder =>
        {
            builder.AddProject<MissingProject>("missing");
            builder.AddExecutable("other", "/bin/sh", "/", "-c", "sleep 60");
        });
        await app.StartAsync();

        await app.ResourceNotifications.WaitForResourceAsync("missing", KnownResourceStates.FailedToStart).WaitAsync(Patience);
        await app.ResourceNotifications.WaitForResourceAsync("other", KnownResourceStates.Running).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_parameter_without_value_ends_the_start_with_its_name()
    {
        await using DistributedApplication app = Build(builder => builder.AddParameter("licence"));

        MissingParameterValueException refusal = await Assert.ThrowsAsync<MissingParameterValueException>(() => app.StartAsync());

        Assert.Contains("Parameters__licence", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("9lives")]
    [InlineData("two words")]
    public void A_name_that_cannot_be_a_variable_is_refused(string name)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder();

        Assert.ThrowsAny<ArgumentException>(() => builder.AddExecutable(name, "true", "/"));
    }

    [Fact]
    public void A_name_is_given_once()
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder();
        builder.AddExecutable("one", "true", "/");

        Assert.Throws<InvalidOperationException>(() => builder.AddExecutable("One", "true", "/"));
    }

    private static async Task<List<LogLine>> LinesAsync(DistributedApplication app, string name, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        var lines = new List<LogLine>();
        await foreach (IReadOnlyList<LogLine> some in app.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(name)
            .WithCancellation(patience.Token))
        {
            lines.AddRange(some);
            if (lines.Count >= count)
            {
                break;
            }
        }

        return lines;
    }

    private static DistributedApplication Build(Action<IDistributedApplicationBuilder> add, params string[] args)
    {
        IDistributedApplicationBuilder builder =
            DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DisableDashboard = true });
        add(builder);
        return builder.Build();
    }

    private sealed class MissingProject : IProjectMetadata
    {
        public string ProjectPath => typeof(SampleProject).Assembly.Location;

        public string TargetPath => Path.Combine(AppContext.BaseDirectory, "no-such.dll");
    }
}
