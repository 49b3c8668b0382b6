namespace Aspire.Hosting;

/// <summary>Which launch profile of a project is used.</summary>
public sealed class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }

    public bool ExcludeLaunchProfile { get; set; }
}
