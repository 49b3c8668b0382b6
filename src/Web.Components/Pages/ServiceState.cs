namespace Ratchet.Web.Components.Pages;

/// <summary>How a service is, for the dot in the side bar.</summary>
public sealed record ServiceState(string Name, ServiceHealth Health, string? Detail = null);

/// <summary>The last answer of a service's health check.</summary>
public enum ServiceHealth
{
    Unknown,
    Healthy,
    Unhealthy,
    Away,
}
