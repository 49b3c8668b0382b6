namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a waiting resource does when the awaited one cannot come any more.</summary>
public enum WaitBehavior
{
    WaitOnResourceUnavailable,
    StopOnResourceUnavailable,
}
