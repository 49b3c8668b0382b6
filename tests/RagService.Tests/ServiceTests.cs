using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Ratchet.RagService.Tests;

public sealed class ServiceTests
{
    [Fact]
    public async Task The_service_is_healthy_and_describes_its_routes()
    {
        await using var rag = new RagUnderTest();
        await rag.FoundAsync("wait until the index is filled");
        using HttpResponseMessage health = await rag.Http.GetAsync("/health");
        using HttpResponseMessage alive = await rag.Http.GetAsync("/alive");
        JsonElement paths = (await rag.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (health.StatusCode, alive.StatusCode));
        Assert.All(
            ["/v1/documents", "/v1/documents/{id}", "/v1/documents/{id}/reach", "/v1/search", "/v1/examples", "/v1/examples/{id}",
                "/v1/batches", "/v1/batches/{id}/content", "/v1/feedback", "/v1/knowledge/stats", "/v1/collections"],
            path => Assert.True(paths.TryGetProperty(path, out _), $"{path} is not described."));
    }

    [Fact]
    public async Task Only_services_of_the_same_host_are_answered()
    {
        await using var rag = new RagUnderTest(new Dictionary<string, string> { ["Ratchet:ServiceKey"] = "secret" });
        using HttpResponseMessage refused = await rag.Http.GetAsync("/v1/documents");
        rag.Http.DefaultRequestHeaders.Add("X-Ratchet-Key", "secret");
        using HttpResponseMessage taken = await rag.Http.GetAsync("/v1/documents");

        await Errors.AssertAsync(refused, 401, "service_key_required");
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }
}
