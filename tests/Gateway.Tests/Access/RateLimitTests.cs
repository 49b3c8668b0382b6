using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ratchet.Gateway.Access;

namespace Ratchet.Gateway.Tests.Access;

public sealed class RateLimitTests
{
    private const string Route = "/v1/chat/completions";

    [Fact]
    public async Task On_this_machine_alone_there_is_no_limit_and_nothing_is_said_of_one()
    {
        using var gateway = new GatewayUnderTest();

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Hi?")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_request_past_the_limit_is_refused_with_OpenAIs_headers_and_body()
    {
        using var gateway = new GatewayUnderTest { Settings = new() { ["Gateway:Limits:RequestsPerMinute"] = "2" } };
        HttpClient client = gateway.CreateClient();

        HttpResponseMessage first = await client.PostAsync(Route, Wire.Body(Wire.Question("One?")));
        await client.PostAsync(Route, Wire.Body(Wire.Question("Two?")));
        HttpResponseMessage third = await client.PostAsync(Route, Wire.Body(Wire.Question("Three?")));
        HttpResponseMessage models = await client.GetAsync("/v1/models");

        Assert.Equal(("2", "1"), (Header(first, "x-ratelimit-limit-requests"), Header(first, "x-ratelimit-remaining-requests")));
        Assert.EndsWith("s", Header(first, "x-ratelimit-reset-requests"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        Assert.Equal("0", Header(third, "x-ratelimit-remaining-requests"));
        var error = (await third.JsonAsync())["error"]!;
        Assert.Equal(("rate_limit_exceeded", "rate_limit_error"), ((string?)error["code"], (string?)error["type"]));
        Assert.Equal(HttpStatusCode.OK, models.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_charged_as_the_answer_says_and_an_answer_given_again_is_free()
    {
        using var gateway = new GatewayUnderTest { Settings = new() { ["Gateway:Limits:TokensPerMinute"] = "100000" } };
        HttpClient client = gateway.CreateClient();

        for (int i = 0; i < 3; i++)
        {
            await client.PostAsync(Route, Wire.Body(Wire.Question("The same?")));
        }

        HttpResponseMessage last = await client.PostAsync(Route, Wire.Body(Wire.Question("The same?")));

        // Five tokens by the first answer's usage, none by the two after it, and an estimate for this one.
        long estimate = Wire.Text(Wire.Question("The same?")).Length / 4;
        long left = long.Parse(Header(last, "x-ratelimit-remaining-tokens"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(left, 100_000 - 5 - estimate - 1, 100_000 - estimate);
    }

    [Fact]
    public async Task Each_key_has_its_own_count_and_may_have_its_own_limit()
    {
        using var gateway = new GatewayUnderTest
        {
            Settings = new()
            {
                ["Gateway:RequireKeys"] = "true",
                ["Gateway:Limits:RequestsPerMinute"] = "1",
                ["Gateway:Keys:0:Name"] = "anna",
                ["Gateway:Keys:0:Hash"] = Hash("key-a"),
                ["Gateway:Keys:1:Name"] = "bot",
                ["Gateway:Keys:1:Hash"] = Hash("key-b"),
                ["Gateway:Keys:1:RequestsPerMinute"] = "0",
            },
        };

        List<HttpStatusCode> anna = [await AskAsync(gateway, "key-a"), await AskAsync(gateway, "key-a")];
        List<HttpStatusCode> bot = [await AskAsync(gateway, "key-b"), await AskAsync(gateway, "key-b"), await AskAsync(gateway, "key-b")];

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], anna);
        Assert.All(bot, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Theory]
    [InlineData(0.12, "120ms")]
    [InlineData(0, "0ms")]
    [InlineData(1.2, "2s")]
    [InlineData(360, "6m0s")]
    public void Times_are_written_as_OpenAI_writes_them(double seconds, string text) =>
        Assert.Equal(text, RateLimitMiddleware.Duration(TimeSpan.FromSeconds(seconds)));

    private static async Task<HttpStatusCode> AskAsync(GatewayUnderTest gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = Wire.Body(Wire.Question("Hi?")) };
        request.Headers.Authorization = new("Bearer", key);
        return (await gateway.CreateClient().SendAsync(request)).StatusCode;
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
