namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a link is shown.</summary>
public enum UrlDisplayLocation
{
    SummaryAndDetails,
    DetailsOnly,
}
