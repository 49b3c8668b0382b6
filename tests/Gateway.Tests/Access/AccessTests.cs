using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Ratchet.Gateway.Access;

namespace Ratchet.Gateway.Tests.Access;

public sealed class AccessTests
{
    [Theory]
    [InlineData("localhost:5380", true)]
    [InlineData("127.0.0.1:5380", true)]
    [InlineData("[::1]:5380", true)]
    [InlineData("gateway.localhost", true)]
    [InlineData("ratchet.example", true)]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    public async Task Only_this_machine_and_configured_names_are_answered(string host, bool allowed)
    {
        using var gateway = new GatewayUnderTest { Settings = new() { ["Gateway:Hosts:0"] = "ratchet.example" } };
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Host = host;

        HttpResponseMessage response = await gateway.CreateClient().SendAsync(request);

        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
    }

    // Browsers send "Origin: null" with a form of a page whose policy is no-referrer, and its own gateway would refuse it.
    [Fact]
    public async Task Pages_let_browsers_name_their_origin_to_the_gateway_and_to_nobody_else()
    {
        using var gateway = new GatewayUnderTest();

        using HttpResponseMessage page = await gateway.CreateClient().GetAsync("/");

        Assert.Equal("same-origin", page.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("http://localhost", null, true)]
    [InlineData("http://tool.example", null, true)]
    [InlineData("http://localhost:8000", null, false)]
    [InlineData("https://evil.example", null, false)]
    [InlineData("null", null, false)]
    [InlineData("null", "cross-site", false)]
    [InlineData("null", "same-origin", true)]
    [InlineData(null, "cross-site", false)]
    [InlineData(null, "same-origin", true)]
    public async Task A_page_of_another_site_cannot_change_anything(string? origin, string? site, bool allowed)
    {
        using var gateway = new GatewayUnderTest { Settings = new() { ["Gateway:Origins:0"] = "http://tool.example" } };
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Wire.Body(Wire.Question("Q?")) };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        HttpResponseMessage response = await gateway.CreateClient().SendAsync(request);

        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        if (!allowed)
        {
            Assert.Equal("origin_not_allowed", (string?)(await response.JsonAsync())["error"]!["code"]);
        }
    }

    [Fact]
    public async Task Where_keys_are_required_each_role_may_do_its_part()
    {
        (string reader, string readerHash) = KeyRing.Make();
        (string boss, string bossHash) = KeyRing.Make();
        using var gateway = new GatewayUnderTest
        {
            Settings = new()
            {
                ["Gateway:RequireKeys"] = "true",
                ["Gateway:Keys:0:Name"] = "ann",
                ["Gateway:Keys:0:Role"] = "reader",
                ["Gateway:Keys:0:Hash"] = readerHash,
                ["Gateway:Keys:1:Name"] = "bob",
                ["Gateway:Keys:1:Role"] = "operator",
                ["Gateway:Keys:1:Hash"] = bossHash,
            },
        };
        gateway.Upstream.On("trainer", "POST /v1/cycles", _ => FakeUpstream.Json(new { id = "cycle-1" }));
        HttpClient client = gateway.CreateClient();

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, null, HttpMethod.Get, "/v1/models"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "rk-wrong", HttpMethod.Get, "/v1/models"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, null, HttpMethod.Get, "/health"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, reader, HttpMethod.Get, "/v1/models"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, reader, HttpMethod.Post, "/v1/chat/completions"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, reader, HttpMethod.Post, "/v1/cycles"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, boss, HttpMethod.Post, "/v1/cycles"));
    }

    [Fact]
    public void A_made_key_is_long_and_only_its_hash_is_kept()
    {
        (string key, string hash) = KeyRing.Make();
        Assert.StartsWith("rk-", key, StringComparison.Ordinal);
        Assert.Equal(64, hash.Length);
        Assert.NotEqual(KeyRing.Make().Key, key);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string? key, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
        {
            request.Content = Wire.Body(Wire.Question("Q?"));
        }

        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        HttpResponseMessage response = await client.SendAsync(request);
        if (!response.IsSuccessStatusCode)
        {
            Assert.NotNull((await response.JsonAsync())["error"]!["message"] as JsonValue);
        }

        return response.StatusCode;
    }
}
