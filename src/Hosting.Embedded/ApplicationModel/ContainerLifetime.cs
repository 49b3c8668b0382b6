namespace Aspire.Hosting.ApplicationModel;

/// <summary>Whether a container ends with the host. Nothing to end here: built-in parts live in the services.</summary>
public enum ContainerLifetime
{
    Session,
    Persistent,
}
