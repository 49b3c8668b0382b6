using Aspire.Hosting;

namespace Ratchet.HostedSample;

/// <summary>What the generator would write for this project.</summary>
public sealed class SampleProject : IProjectMetadata
{
    public string ProjectPath => Path.ChangeExtension(typeof(SampleProject).Assembly.Location, ".csproj");

    public string TargetPath => typeof(SampleProject).Assembly.Location;
}
