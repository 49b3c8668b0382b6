using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Gateway.Aliases;

namespace Ratchet.Gateway.Tests;

/// <summary>The real gateway in process, over services in memory and a data folder of its own.</summary>
public sealed class GatewayUnderTest : WebApplicationFactory<Program>
{
    private readonly DirectoryInfo _own = Directory.CreateTempSubdirectory("ratchet-gateway-");

    public FakeUpstream Upstream { get; init; } = new();

    /// <summary>Another gateway's folder, to start again where it stopped.</summary>
    public string? DataFolder { get; init; }

    public Dictionary<string, string> Settings { get; init; } = [];

    public string Folder => DataFolder ?? _own.FullName;

    public AliasTable Aliases => Services.GetRequiredService<AliasTable>();

    /// <summary>Waits for what a background follower does.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (int attempt = 0; !condition(); attempt++)
        {
            Assert.True(attempt < 6000, "It did not come to pass within a minute.");
            await Task.Delay(10);
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Ratchet:Data", Folder);
        builder.UseSetting("Logging:LogLevel:Default", "Error");
        builder.UseSetting("Logging:LogLevel:Microsoft.AspNetCore", "Error");
        foreach ((string name, string value) in Settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureTestServices(services => services.ConfigureHttpClientDefaults(client =>
            client.ConfigurePrimaryHttpMessageHandler(() => Upstream)));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && DataFolder is null)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        }
    }
}
