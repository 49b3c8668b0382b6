namespace Aspire.Hosting;

/// <summary>How to build an application other than by its command line.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>Name of the AppHost's assembly; the entry assembly where not given.</summary>
    public string? AssemblyName { get; set; }

    public string? ProjectDirectory { get; set; }

    public bool DisableDashboard { get; set; }

    public bool AllowUnsecuredTransport { get; set; }

    /// <summary>Whether the console lines of resources also go to the host's log.</summary>
    public bool EnableResourceLogging { get; set; }
}
