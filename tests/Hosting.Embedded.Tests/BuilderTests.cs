using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>What an AppHost may say beyond what ours does.</summary>
public sealed class BuilderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_test_may_build_an_application_of_its_own()
    {
        await using IDistributedApplicationTestingBuilder builder = DistributedApplicationTestingBuilder.Create("--said=yes");
        Assert.Equal("yes", builder.Configuration["said"]);
        builder.AddProject<SampleProject>("service").WithHttpEndpoint(port: 5490).WithHttpHealthCheck("/health");

        await using DistributedApplication app = await builder.BuildAsync();
        await app.StartAsync();
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service").WaitAsync(Patience);

        // As for every application under test: ports of its own, and no dashboard.
        Assert.NotEqual(5490, app.GetEndpoint("service").Port);
        using HttpClient client = app.CreateHttpClient("service");
        Assert.DoesNotContain("OTEL_EXPORTER_OTLP_ENDPOINT", await client.GetStringAsync(new Uri("environment", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_of_the_AppHost_decides_on_a_resource_too()
    {
        HealthStatus status = HealthStatus.Unhealthy;
        await using IDistributedApplicationTestingBuilder builder = DistributedApplicationTestingBuilder.Create();
        builder.Services.AddHealthChecks().AddCheck("moon", () => new HealthCheckResult(status, status == HealthStatus.Healthy ? null : "It is not full."));
        IResourceBuilder<ExecutableResource> tide = builder.AddExecutable("tide", "/bin/sh", "/", "-c", "sleep 60").WithHealthCheck("moon");
        builder.AddExecutable("boat", "/bin/sh", "/", "-c", "sleep 60").WaitFor(tide);
        await using DistributedApplication app = await builder.BuildAsync();
        await app.StartAsync();

        ResourceEvent low = await app.ResourceNotifications.WaitForResourceAsync(
            "tide", now => now.Snapshot.HealthReports.Any(report => report.LastRunAt is not null)).WaitAsync(Patience);
        Assert.Equal(("moon", HealthStatus.Unhealthy, "It is not full."),
            (low.Snapshot.HealthReports[0].Name, low.Snapshot.HealthReports[0].Status, low.Snapshot.HealthReports[0].Description));
        await app.ResourceNotifications.WaitForResourceAsync("boat", KnownResourceStates.Waiting).WaitAsync(Patience);
        status = HealthStatus.Healthy;
        await app.ResourceNotifications.WaitForResourceHealthyAsync("tide").WaitAsync(Patience);
        await app.ResourceNotifications.WaitForResourceAsync("boat", KnownResourceStates.Running).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_check_that_nobody_has_registered_is_named_at_start()
    {
        await using IDistributedApplicationTestingBuilder builder = DistributedApplicationTestingBuilder.Create();
        builder.AddExecutable("tide", "/bin/sh", "/", "-c", "sleep 60").WithHealthCheck("moon");
        await using DistributedApplication app = await builder.BuildAsync();

        DistributedApplicationException refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync());

        Assert.Contains("'tide'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("AddCheck(\"moon\"", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "http/protobuf", "http://localhost:4318")]
    [InlineData(OtlpProtocol.Grpc, "grpc", "http://localhost:4317")]
    [InlineData(OtlpProtocol.HttpProtobuf, "http/protobuf", "http://localhost:4318")]
    [InlineData(OtlpProtocol.HttpJson, "http/json", "http://localhost:4318")]
    public async Task A_program_is_told_where_telemetry_goes_when_it_asks_for_it(OtlpProtocol? protocol, string name, string endpoint)
    {
        var program = new ExecutableResource("program", "/bin/sh", "/");
        IResourceBuilder<ExecutableResource> builder = DistributedApplication.CreateBuilder().AddResource(program);
        var environment = new ResourceEnvironment(
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run),
            new OtlpSettings("http://localhost:4317", "http://localhost:4318", OtlpProtocol.HttpProtobuf, "key", IsDevelopment: false));
        Dictionary<string, string> before = await environment.VariablesAsync(ResourceInstance.Of(program)[0], CancellationToken.None);

        _ = protocol is { } wanted ? builder.WithOtlpExporter(wanted) : builder.WithOtlpExporter();
        Dictionary<string, string> after = await environment.VariablesAsync(ResourceInstance.Of(program)[0], CancellationToken.None);

        Assert.DoesNotContain(before.Keys, key => key.StartsWith("OTEL_", StringComparison.Ordinal));
        Assert.Equal((name, endpoint), (after["OTEL_EXPORTER_OTLP_PROTOCOL"], after["OTEL_EXPORTER_OTLP_ENDPOINT"]));
        Assert.Equal(("program", "x-otlp-api-key=key"), (after["OTEL_SERVICE_NAME"], after["OTEL_EXPORTER_OTLP_HEADERS"]));
    }

    [Fact]
    public void A_protocol_that_nobody_takes_is_refused_with_the_name_of_the_setting()
    {
        var settings = new OtlpSettings("http://collector:4317", HttpEndpoint: null, OtlpProtocol.Grpc, "key", IsDevelopment: false);

        DistributedApplicationException refusal = Assert.Throws<DistributedApplicationException>(
            () => settings.For(new ExecutableResource("program", "/bin/sh", "/"), OtlpProtocol.HttpProtobuf));

        Assert.Contains("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", refusal.Message, StringComparison.Ordinal);
        Assert.Null(new OtlpSettings(null, null, OtlpProtocol.Grpc, "key", false).For(new ExecutableResource("program", "/bin/sh", "/"), OtlpProtocol.Grpc));
    }

    [Fact]
    public async Task Endpoints_in_a_projects_settings_replace_its_launch_profiles_and_get_variables_of_their_own()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ratchet-kestrel-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "appsettings.json"), """
            {
              // Two with one scheme keep their names.
              "Kestrel": { "Endpoints": { "Public": { "Url": "http://*:5801" }, "Inner": { "Url": "http://localhost:5802" } } }
            }
            """);
        Directory.CreateDirectory(Path.Combine(folder.FullName, "Properties"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Properties", "launchSettings.json"), """
            { "profiles": { "http": { "commandName": "Project", "applicationUrl": "http://localhost:5700" } } }
            """);
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder();
        string path = Path.Combine(folder.FullName, "Service.csproj");

        ProjectResource kestrel = builder.AddProject("kestrel", path).Resource;
        ProjectResource plain = builder.AddProject("plain", path, options => options.ExcludeKestrelEndpoints = true).Resource;

        new EndpointPorts(randomize: false).Allocate([kestrel, plain]);
        var environment = new ResourceEnvironment(builder.ExecutionContext, new OtlpSettings(null, null, OtlpProtocol.Grpc, "key", false));
        Dictionary<string, string> told = await environment.VariablesAsync(ResourceInstance.Of(kestrel)[0], CancellationToken.None);
        Assert.Equal(["Public", "Inner"], kestrel.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Name).OrderDescending());
        Assert.StartsWith("http://localhost:58", told["Kestrel__Endpoints__Public__Url"], StringComparison.Ordinal);
        Assert.StartsWith("http://localhost:58", told["Kestrel__Endpoints__Inner__Url"], StringComparison.Ordinal);
        Assert.DoesNotContain("ASPNETCORE_URLS", told.Keys);
        Assert.Equal(["http"], plain.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Name));
        Assert.Contains("ASPNETCORE_URLS", (await environment.VariablesAsync(ResourceInstance.Of(plain)[0], CancellationToken.None)).Keys);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_value_that_is_to_be_kept_is_the_same_at_the_next_start_and_for_its_user_alone()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ratchet-kept-");
        string[] args = [$"--EmbeddedHost:DataFolder={folder.FullName}"];

        string first = await MadeAsync(args, persist: true);
        Assert.Equal(first, await MadeAsync(args, persist: true));
        Assert.NotEqual(first, await MadeAsync(args, persist: false));
        Assert.Equal("mine", await MadeAsync([.. args, "--Parameters:password=mine"], persist: true));
        string file = Path.Combine(folder.FullName, "parameters.json");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await File.WriteAllTextAsync(file, "{ torn");
        DistributedApplicationException torn = await Assert.ThrowsAsync<DistributedApplicationException>(() => MadeAsync(args, persist: true));
        Assert.Contains(file, torn.Message, StringComparison.Ordinal);
        Assert.Equal("{ torn", await File.ReadAllTextAsync(file));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_value_that_there_is_no_folder_for_is_refused_with_what_to_set()
    {
        DistributedApplicationException refusal =
            await Assert.ThrowsAsync<DistributedApplicationException>(() => MadeAsync(["--EmbeddedHost:DataFolder="], persist: true));

        Assert.Contains("EmbeddedHost:DataFolder", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'password'", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<string> MadeAsync(string[] args, bool persist) => (await DistributedApplication.CreateBuilder(args)
        .AddParameter("password", new GenerateParameterDefault(), secret: true, persist).Resource.GetValueAsync(CancellationToken.None))!;
}
