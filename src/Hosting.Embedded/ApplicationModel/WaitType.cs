namespace Aspire.Hosting.ApplicationModel;

/// <summary>What is awaited of another resource.</summary>
public enum WaitType
{
    WaitUntilHealthy,
    WaitForCompletion,
    WaitUntilStarted,
}
