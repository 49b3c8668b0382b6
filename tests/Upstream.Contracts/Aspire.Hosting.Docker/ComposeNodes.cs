namespace Aspire.Hosting.Docker.Resources.ComposeNodes;

public abstract class NamedComposeMember
{
    public required string Name { get; set; }
}

public sealed class Service : NamedComposeMember
{
    public List<string> Devices { get; set; } = null!;

    public string? Restart { get; set; }

    public string? StopGracePeriod { get; set; }
}
