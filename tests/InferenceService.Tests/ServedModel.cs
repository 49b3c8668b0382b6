using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Ratchet.InferenceService.Tests;

[assembly: AssemblyFixture(typeof(ServedModel))]

namespace Ratchet.InferenceService.Tests;

/// <summary>The whole service in memory, with the bundled models and a data folder of its own; loaded once for all tests.</summary>
public sealed class ServedModel : IAsyncLifetime
{
    public const string Base = "smollm2-135m-instruct";

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-").FullName;
    private readonly WebApplicationFactory<Program> _factory;

    public ServedModel()
    {
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Ratchet:Data", _folder);
            builder.UseSetting("Inference:Precision", "float32");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
        });
        Client = _factory.CreateClient();
    }

    public HttpClient Client { get; }

    public HttpMessageHandler Handler => _factory.Server.CreateHandler();

    public async ValueTask InitializeAsync()
    {
        for (int i = 0; i < 600; i++)
        {
            if ((await Client.GetAsync("/health")).IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(200);
        }

        throw new TimeoutException("The service did not become healthy within two minutes.");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _factory.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, object body)
    {
        HttpResponseMessage response = await Client.PostAsJsonAsync(path, body);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
