using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Ratchet.InferenceService.Tests;

/// <summary>A service in memory for one test, with settings and a data folder of its own, where <see cref="ServedModel"/>'s will not do.</summary>
internal static class OwnService
{
    public static WebApplicationFactory<Program> Serve(params (string Name, string Value)[] settings)
    {
        string data = Directory.CreateTempSubdirectory("ratchet-").FullName;
        return new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Ratchet:Data", data);
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
            foreach ((string name, string value) in settings)
            {
                builder.UseSetting(name, value);
            }
        });
    }

    /// <summary>Waits until the models are loaded.</summary>
    public static async Task<HttpClient> ReadyAsync(WebApplicationFactory<Program> factory)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        HttpClient client = factory.CreateClient();
        for (int i = 0; i < 1500 && !(await client.GetAsync("/health", cancellation)).IsSuccessStatusCode; i++)
        {
            await Task.Delay(200, cancellation);
        }

        return client;
    }

    /// <summary>Posts to a route under /v1, which must answer with a success.</summary>
    public static async Task<JsonElement> AskAsync(HttpClient client, string route, object request)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        HttpResponseMessage response = await client.PostAsJsonAsync($"/v1/{route}", request, cancellation);
        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        Assert.True(response.IsSuccessStatusCode, body.ToString());
        return body;
    }
}
