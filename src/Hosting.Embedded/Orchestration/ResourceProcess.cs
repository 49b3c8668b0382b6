using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Orchestration;

/// <summary>Which program a resource is.</summary>
internal static class ResourceProcess
{
    /// <summary>Whether the resource is a process at all.</summary>
    public static bool Is(IResource resource) => resource is ProjectResource or ExecutableResource;

    /// <summary>For the dashboard: where the program comes from.</summary>
    public static string? SourceOf(IResource resource) => resource switch
    {
        ExecutableResource executable => executable.Command,
        ProjectResource => Path.GetFileName(MetadataOf(resource).ProjectPath),
        _ => null,
    };

    public static ProcessSpec Specify(IResource resource, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        if (resource is ExecutableResource executable)
        {
            return new ProcessSpec(executable.Command, arguments, executable.WorkingDirectory, environment);
        }

        IProjectMetadata project = MetadataOf(resource);
        string folder = Path.GetDirectoryName(project.ProjectPath)!;
        if (project.TargetPath is not { } program)
        {
            // Added by its path, not by a generated class: the SDK has to look for the program.
            return new ProcessSpec(
                DotNet.Program, ["run", "--project", project.ProjectPath, "--no-build", "--no-launch-profile", "--", .. arguments],
                folder, environment);
        }

        // Not `dotnet run`: it costs a second each, and its process between host and service swallows signals.
        return File.Exists(program)
            ? new ProcessSpec(DotNet.Program, ["exec", program, .. arguments], folder, environment)
            : throw new DistributedApplicationException(
                $"Resource '{resource.Name}' is not built: {program} is missing. Build the AppHost, or start it without --no-build.");
    }

    private static IProjectMetadata MetadataOf(IResource resource) => resource.Annotations.OfType<IProjectMetadata>().Single();
}
