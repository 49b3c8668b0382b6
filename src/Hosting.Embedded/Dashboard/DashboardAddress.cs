using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>Where the dashboard listens, and where telemetry is sent.</summary>
internal static class DashboardAddress
{
    public const string UrlsKey = "ASPNETCORE_URLS";
    private const int PortDefault = 5390;

    /// <summary>Takes the next free port where the wanted one is taken, and writes the address down for all to read.</summary>
    public static void Settle(ConfigurationManager configuration)
    {
        string first = (configuration[UrlsKey] ?? $"http://localhost:{PortDefault}").Split(';')[0];
        if (!Uri.TryCreate(first, UriKind.Absolute, out Uri? wanted))
        {
            throw new DistributedApplicationException(
                $"{UrlsKey} is '{first}'; an address such as http://localhost:{PortDefault} is needed for the dashboard.");
        }

        bool randomize = configuration.GetValue<bool>(OrchestratorOptions.RandomizePortsKey);
        int port = new PortAllocator(randomize).Allocate(wanted.Port);
        string url = new UriBuilder(wanted.Scheme, wanted.Host, port).Uri.GetLeftPart(UriPartial.Authority);
        configuration.AddInMemoryCollection([new(UrlsKey, url)]);
    }

    /// <summary>A collector that somebody has named, else the dashboard, else nobody.</summary>
    public static OtlpSettings Otlp(IConfiguration configuration, bool hasDashboard, bool isDevelopment)
    {
        string key = configuration[DistributedApplicationBuilder.OtlpApiKeyKey]!;
        if (configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] is { Length: > 0 } grpc)
        {
            return new OtlpSettings(grpc, "grpc", key, isDevelopment);
        }

        string? http = configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] is { Length: > 0 } named
            ? named
            : hasDashboard ? configuration[UrlsKey] : null;
        return new OtlpSettings(http, "http/protobuf", key, isDevelopment);
    }
}
