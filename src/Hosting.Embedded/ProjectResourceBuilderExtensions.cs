using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;

namespace Aspire.Hosting;

/// <summary>Adds .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => AddProject(builder, name, new TProject(), new ProjectResourceOptions());

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() => AddProject(
            builder, name, new TProject(),
            new ProjectResourceOptions { LaunchProfileName = launchProfileName, ExcludeLaunchProfile = launchProfileName is null });

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new()
    {
        var options = new ProjectResourceOptions();
        configure(options);
        return AddProject(builder, name, new TProject(), options);
    }

    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        AddProject(
            builder, name, new ProjectPathMetadata(Path.GetFullPath(projectPath, builder.AppHostDirectory)), new ProjectResourceOptions());

    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, string? launchProfileName) =>
        AddProject(
            builder, name, new ProjectPathMetadata(Path.GetFullPath(projectPath, builder.AppHostDirectory)),
            new ProjectResourceOptions { LaunchProfileName = launchProfileName, ExcludeLaunchProfile = launchProfileName is null });

    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, Action<ProjectResourceOptions> configure)
    {
        var options = new ProjectResourceOptions();
        configure(options);
        return AddProject(builder, name, new ProjectPathMetadata(Path.GetFullPath(projectPath, builder.AppHostDirectory)), options);
    }

    /// <summary>So many processes of the project; each has a port of its own, and whoever refers to the project is told all of them.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
    }

    private static IResourceBuilder<ProjectResource> AddProject(
        IDistributedApplicationBuilder builder, string name, IProjectMetadata metadata, ProjectResourceOptions options)
    {
        IResourceBuilder<ProjectResource> project = builder.AddResource(new ProjectResource(name)).WithAnnotation(metadata);
        bool hasKestrelEndpoints = false;
        if (!options.ExcludeKestrelEndpoints)
        {
            foreach (EndpointAnnotation endpoint in KestrelEndpoints.Read(metadata.ProjectPath, builder.Environment.EnvironmentName))
            {
                project.WithAnnotation(endpoint);
                hasKestrelEndpoints = true;
            }
        }

        if (options.ExcludeLaunchProfile)
        {
            return project;
        }

        string? chosen = options.LaunchProfileName
            ?? builder.Configuration["AppHost:DefaultLaunchProfileName"]
            ?? builder.Configuration["DOTNET_LAUNCH_PROFILE"];
        if (LaunchProfile.Read(metadata.ProjectPath, chosen, mustExist: options.LaunchProfileName is not null) is not { } profile)
        {
            return project;
        }

        project.WithAnnotation(profile);
        foreach (Uri url in hasKestrelEndpoints ? [] : profile.ApplicationUrls)
        {
            project.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, url.Scheme, url.Scheme, url.Port));
        }

        return project;
    }

    private sealed class ProjectPathMetadata(string projectPath) : IProjectMetadata
    {
        public string ProjectPath { get; } = projectPath;
    }
}
