using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dashboard;

/// <summary>How the dashboard is set up, read from the variables that upstream's dashboard knows.</summary>
/// <param name="Address">Where the pages are.</param>
/// <param name="GrpcAddress">Where OTLP over gRPC is taken; null where a collector elsewhere has been named for it.</param>
/// <param name="Addresses">All of them.</param>
/// <param name="BrowserToken">What <c>/login?t=</c> wants.</param>
/// <param name="OtlpApiKey">What <c>x-otlp-api-key</c> must be.</param>
/// <param name="ReadApiKey">What <c>X-API-Key</c> must be.</param>
/// <param name="IsAnonymousAllowed">Whether nobody is asked for anything.</param>
/// <param name="DataFolder">Where past runs are kept; null to keep none.</param>
internal sealed record DashboardOptions(
    string Address, string? GrpcAddress, IReadOnlyList<string> Addresses, string BrowserToken, string OtlpApiKey, string ReadApiKey,
    bool IsAnonymousAllowed, string? DataFolder)
{
    /// <summary>The AppHost says with this key where its host may keep things.</summary>
    public const string DataFolderKey = "EmbeddedHost:DataFolder";

    public static DashboardOptions From(IConfiguration configuration)
    {
        string otlpKey = configuration[DistributedApplicationBuilder.OtlpApiKeyKey]!;
        return new DashboardOptions(
            configuration[DashboardAddress.UrlsKey]!,
            configuration[DashboardAddress.GrpcKey] is { Length: > 0 } grpc ? grpc : null,
            DashboardAddress.Listening(configuration),
            configuration[DistributedApplicationBuilder.BrowserTokenKey]!,
            otlpKey,
            configuration["ASPIRE_DASHBOARD_API_KEY"] is { Length: > 0 } key ? key : configuration["Dashboard:Api:PrimaryApiKey"] ?? otlpKey,
            configuration.GetValue<bool>("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"),
            configuration[DataFolderKey] is { Length: > 0 } folder ? folder : null);
    }
}
