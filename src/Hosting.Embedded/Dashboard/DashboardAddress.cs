using System.Net;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>Where the dashboard listens, and where telemetry is sent.</summary>
internal static class DashboardAddress
{
    public const string UrlsKey = "ASPNETCORE_URLS";

    /// <summary>Where the dashboard takes OTLP over gRPC: HTTP/2 without TLS cannot share a port with HTTP/1.</summary>
    public const string GrpcKey = "EmbeddedHost:OtlpGrpcUrl";

    private const string GivenGrpcKey = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";
    private const string GivenHttpKey = "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL";
    private const int PortDefault = 5390;

    /// <summary>Takes the next free port where the wanted one is taken, and writes the addresses down for all to read.</summary>
    public static void Settle(ConfigurationManager configuration)
    {
        var allocator = new PortAllocator(configuration.GetValue<bool>(OrchestratorOptions.RandomizePortsKey));
        Uri wanted = Parse(configuration[UrlsKey]?.Split(';')[0] ?? $"http://localhost:{PortDefault}", UrlsKey);
        Uri dashboard = Free(wanted, allocator);

        // As upstream has it, the named address is where the dashboard listens; one on another machine is a collector's.
        Uri? given = configuration[GivenGrpcKey] is { Length: > 0 } url ? Parse(url, GivenGrpcKey) : null;
        bool isOurs = given is null or { IsLoopback: true };
        Uri? grpc = isOurs ? Free(given ?? new UriBuilder("http", dashboard.Host, dashboard.Port + 1).Uri, allocator) : null;
        Uri? http = configuration[GivenHttpKey] is { Length: > 0 } other && Parse(other, GivenHttpKey) is { IsLoopback: true } own
            ? own.Port == wanted.Port ? dashboard : Free(own, allocator)
            : null;

        var settled = new Dictionary<string, string?>
        {
            [UrlsKey] = Text(dashboard),
            [GrpcKey] = grpc is null ? null : Text(grpc),
        };
        if (given is not null && grpc is not null)
        {
            settled[GivenGrpcKey] = Text(grpc);
        }

        if (http is not null)
        {
            settled[GivenHttpKey] = Text(http);
        }

        configuration.AddInMemoryCollection(settled);
    }

    /// <summary>All addresses to listen on: pages, OTLP over gRPC, and OTLP over HTTP where it is to have a port of its own.</summary>
    public static string[] Listening(IConfiguration configuration) =>
    [
        .. new[]
        {
            configuration[UrlsKey],
            configuration[GrpcKey],
            configuration[GivenHttpKey] is { Length: > 0 } http && new Uri(http).IsLoopback ? http : null,
        }.OfType<string>().Where(url => url.Length > 0).Distinct(),
    ];

    /// <summary>A collector that somebody has named, else the dashboard, else nobody.</summary>
    public static OtlpSettings Otlp(IConfiguration configuration, bool hasDashboard, bool isDevelopment)
    {
        string? named = configuration[GivenGrpcKey] is { Length: > 0 } given ? given : null;
        string? http = configuration[GivenHttpKey] is { Length: > 0 } other
            ? other
            : hasDashboard ? configuration[UrlsKey] : null;
        return new OtlpSettings(
            named ?? (hasDashboard ? configuration[GrpcKey] : null), http, named is null ? OtlpProtocol.HttpProtobuf : OtlpProtocol.Grpc,
            configuration[DistributedApplicationBuilder.OtlpApiKeyKey]!, isDevelopment);
    }

    /// <summary>Whether only this machine can reach the pages.</summary>
    public static bool IsLoopback(string url) => new Uri(url).IsLoopback
        || (IPAddress.TryParse(new Uri(url).Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static Uri Parse(string url, string key) => Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme is "http" or "https"
        ? parsed
        : throw new DistributedApplicationException(
            $"{key} is '{url}'; an address such as http://localhost:{PortDefault} is needed for the dashboard.");

    private static Uri Free(Uri wanted, PortAllocator allocator) =>
        new UriBuilder(wanted.Scheme, wanted.Host, allocator.Allocate(wanted.Port)).Uri;

    private static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
