using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;

namespace Ratchet.ServiceDefaults.Tests;

/// <summary>A service in memory with the defaults and whatever routes a test adds.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestService(WebApplication app, string folder)
    {
        _app = app;
        Folder = folder;
        Client = app.GetTestClient();
    }

    public HttpClient Client { get; }

    public string Folder { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestService> StartAsync(
        Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null, string? serviceKey = null,
        Dictionary<string, string?>? settings = null)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-").FullName;
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Ratchet:Data"] = folder,
            ["Ratchet:ServiceKey"] = serviceKey,
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.AddServiceDefaults("test");
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapDefaultEndpoints();
        map(app);
        await app.StartAsync();
        return new TestService(app, folder);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
