using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.ServiceDefaults.Tests.Errors;

public sealed class ApiErrorsTests
{
    private sealed record Body(string Name, int Count);

    [Fact]
    public async Task An_api_exception_becomes_openai_s_body_with_its_details_and_retry_time()
    {
        await using TestService service = await TestService.StartAsync(app => app.MapGet("/busy", string () =>
            throw new ApiException(429, "queue_full", "Too many wait.", "model")
            {
                RetryAfter = TimeSpan.FromSeconds(1.2),
                Details = new { Errors = new[] { new { LineNumber = 3 } } },
            }));

        HttpResponseMessage response = await service.Client.GetAsync("/busy");

        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("2", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("queue_full", body.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("model", body.GetProperty("error").GetProperty("param").GetString());
        Assert.Equal("rate_limit_error", body.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(
            3, body.GetProperty("x_ratchet").GetProperty("errors")[0].GetProperty("line_number").GetInt32());
    }

    [Theory]
    [InlineData("{\"name\": \"a\", \"count\": \"two\"}", "count")]
    [InlineData("{\"name\": \"a\", ", null)]
    [InlineData("[1, 2]", null)]
    public async Task A_body_that_is_no_json_of_the_request_is_answered_with_its_place(string text, string? param)
    {
        await using TestService service = await TestService.StartAsync(app => app.MapPost("/things", (Body body) => body));

        HttpResponseMessage response = await service.Client.PostAsync(
            "/things", new StringContent(text, Encoding.UTF8, "application/json"));

        JsonElement error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_json", error.GetProperty("code").GetString());
        Assert.Contains("line 1", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        if (param is not null)
        {
            Assert.Equal(param, error.GetProperty("param").GetString());
        }
    }

    [Fact]
    public async Task An_unknown_route_a_wrong_method_and_a_wrong_type_have_bodies_too()
    {
        await using TestService service = await TestService.StartAsync(app => app.MapPost("/things", (Body body) => body));

        Assert.Equal("unknown_route", await CodeOf(await service.Client.GetAsync("/nothing")));
        Assert.Equal("method_not_allowed", await CodeOf(await service.Client.GetAsync("/things")));
        Assert.Equal(
            "unsupported_media_type",
            await CodeOf(await service.Client.PostAsync("/things", new StringContent("x", Encoding.UTF8, "text/plain"))));
    }

    [Fact]
    public async Task An_unexpected_failure_tells_the_client_nothing_of_the_inside()
    {
        await using TestService service = await TestService.StartAsync(
            app => app.MapGet("/fails", string () => throw new FileNotFoundException("/secret/path")));

        HttpResponseMessage response = await service.Client.GetAsync("/fails");

        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("internal_error", body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_key_is_wanted_everywhere_but_at_health()
    {
        await using TestService service = await TestService.StartAsync(
            app => app.MapGet("/things", () => "here"), serviceKey: "k1");

        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health")).StatusCode);
        Assert.Equal("service_key_required", await CodeOf(await service.Client.GetAsync("/things")));
        service.Client.DefaultRequestHeaders.Add("X-Ratchet-Key", "k1");
        Assert.Equal("here", await service.Client.GetStringAsync("/things"));
    }

    private static async Task<string?> CodeOf(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString();
}
