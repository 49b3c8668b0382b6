using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Ratchet.HostedSample;

/// <summary>An AppHost with two services, one of which waits for the other.</summary>
public static class SampleHost
{
    public static IDistributedApplicationBuilder Create(string[] args)
    {
        IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = args,
            ProjectDirectory = AppContext.BaseDirectory,
            AssemblyName = typeof(SampleHost).Assembly.GetName().Name,
        });
        IResourceBuilder<ParameterResource> key = builder.AddParameter("key", new GenerateParameterDefault { MinLength = 40 }, secret: true);

        IResourceBuilder<ProjectResource> first = builder.AddProject<SampleProject>("first")
            .WithHttpEndpoint(port: 5490)
            .WithHttpHealthCheck("/health")
            .WithEnvironment("SAMPLE_HEALTHY_AFTER_MS", builder.Configuration["healthy-after"] ?? "0")
            .WithEnvironment("SAMPLE_KEY", key);
        builder.AddProject<SampleProject>("second")
            .WithHttpEndpoint(port: 5491)
            .WithHttpHealthCheck("/health")
            .WithEnvironment("SAMPLE_KEY", key)
            .WithEnvironment("SAMPLE_URL", $"{first.GetEndpoint("http")}/environment")
            .WithArgs("--from", "the host")
            .WithReference(first)
            .WaitFor(first);
        return builder;
    }
}
