namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>Something that takes memory for as long as it is kept.</summary>
public interface IKept
{
    long Bytes { get; }
}
