using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>Endpoints that a project's appsettings name under <c>Kestrel:Endpoints</c>; they replace those of its launch profile.</summary>
internal static class KestrelEndpoints
{
    private const string Section = "Kestrel:Endpoints";

    /// <summary>One annotation an endpoint: named for its scheme where it is the only one with that scheme, else by its own name.</summary>
    /// <exception cref="DistributedApplicationException">An endpoint's URL is none.</exception>
    public static IReadOnlyList<EndpointAnnotation> Read(string projectPath, string environment)
    {
        string folder = Path.GetDirectoryName(projectPath)!;
        if (!Directory.Exists(folder))
        {
            return [];
        }

        IConfigurationRoot settings = new ConfigurationBuilder()
            .SetBasePath(folder)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environment}.json", optional: true)
            .Build();
        (string Name, Uri Url)[] endpoints =
        [
            .. from endpoint in settings.GetSection(Section).GetChildren()
               let url = endpoint["Url"]
               where !string.IsNullOrEmpty(url)
               select (endpoint.Key, Parse(url, endpoint.Key, folder)),
        ];
        return
        [
            .. from endpoint in endpoints
               let isAlone = endpoints.Count(other => other.Url.Scheme == endpoint.Url.Scheme) == 1
               select new EndpointAnnotation(
                   ProtocolType.Tcp, endpoint.Url.Scheme, isAlone ? endpoint.Url.Scheme : endpoint.Name,
                   endpoint.Url.Port > 0 ? endpoint.Url.Port : null)
               {
                   KestrelName = endpoint.Name,
               },
        ];
    }

    // Kestrel also takes http://*:5000 and http://+:5000, which are no URLs; the host name is not used here.
    private static Uri Parse(string url, string name, string folder) =>
        Uri.TryCreate(url.Replace("://*", "://localhost", StringComparison.Ordinal).Replace("://+", "://localhost", StringComparison.Ordinal), UriKind.Absolute, out Uri? parsed)
            && parsed.Scheme is "http" or "https"
            ? parsed
            : throw new DistributedApplicationException(
                $"{Section}:{name}:Url in the appsettings of {folder} is '{url}'; an address such as http://localhost:5000 is needed.");
}
