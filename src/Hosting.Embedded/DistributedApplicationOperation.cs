namespace Aspire.Hosting;

/// <summary>Whether the model is run or written out. This host only runs it.</summary>
public enum DistributedApplicationOperation
{
    Run,
    Publish,
}
