namespace Aspire.Hosting;

/// <summary>What of a project's own settings is used: its launch profile, its Kestrel endpoints.</summary>
public sealed class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }

    public bool ExcludeLaunchProfile { get; set; }

    /// <summary>Whether <c>Kestrel:Endpoints</c> of the project's appsettings say nothing to the host.</summary>
    public bool ExcludeKestrelEndpoints { get; set; }
}
