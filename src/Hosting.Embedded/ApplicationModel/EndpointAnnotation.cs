using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A place where a resource listens.</summary>
/// <remarks>There is no proxy in this host: the public port is the one that the process listens on.</remarks>
public sealed class EndpointAnnotation(
    ProtocolType protocol, string? uriScheme = null, string? name = null, int? port = null, int? targetPort = null,
    bool? isExternal = null, bool isProxied = true) : IResourceAnnotation
{
    public ProtocolType Protocol { get; } = protocol;

    public string UriScheme { get; set; } = uriScheme ?? "tcp";

    public string Name { get; set; } = name ?? uriScheme ?? "tcp";

    public int? Port { get; set; } = port;

    public int? TargetPort { get; set; } = targetPort;

    public bool IsExternal { get; set; } = isExternal ?? false;

    public bool IsProxied { get; set; } = isProxied;

    /// <summary>Variable that tells the process its port, where it does not read ASPNETCORE_URLS.</summary>
    internal string? PortVariable { get; set; }

    /// <summary>Name of the endpoint in the project's <c>Kestrel:Endpoints</c>, where that is where it comes from.</summary>
    internal string? KestrelName { get; set; }

    /// <summary>The port that was free when the application started; kept over restarts of the resource.</summary>
    internal int? AllocatedPort { get; set; }

    /// <summary>The ports of replicas past the first.</summary>
    internal IReadOnlyList<int> ReplicaPorts { get; set; } = [];

    internal int PortOf(int replica) => replica == 0
        ? AllocatedPort ?? throw new InvalidOperationException($"Endpoint '{Name}' has no port yet. Ports are given when the application starts.")
        : ReplicaPorts[replica - 1];
}
