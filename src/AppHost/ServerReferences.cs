namespace Ratchet.AppHost;

internal static class ServerReferences
{
    /// <summary>Gives the service the server's connection string, and starts it after the server; nothing where there is no server.</summary>
    public static IResourceBuilder<ProjectResource> KnowAndAwait(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<IResourceWithConnectionString>? server) =>
        server is null ? service : service.WithReference(server).WaitFor(server);
}
