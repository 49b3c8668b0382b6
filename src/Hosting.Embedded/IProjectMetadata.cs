using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Where a project is. The classes in <c>Projects</c> are generated when the AppHost is built.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }

    bool SuppressBuild => false;

    /// <summary>The built program. Upstream does not have it: there <c>dotnet run</c> looks for it at every start.</summary>
    string? TargetPath => null;
}
