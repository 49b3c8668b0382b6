using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Ratchet.Gateway.Tests.Proxy;

public sealed class ProxyTests
{
    [Theory]
    [InlineData("/v1/files/file-1/content", "trainer")]
    [InlineData("/v1/fine_tuning/jobs/ftjob-1/events", "trainer")]
    [InlineData("/v1/adapters/ft:a:ratchet:b:c/evaluation", "trainer")]
    [InlineData("/v1/aliases", "trainer")]
    [InlineData("/v1/cycles/cycle-1", "trainer")]
    [InlineData("/v1/documents/doc-1/reach", "rag")]
    [InlineData("/v1/examples", "rag")]
    [InlineData("/v1/batches/batch-1/content", "rag")]
    [InlineData("/v1/knowledge/stats", "rag")]
    [InlineData("/v1/collections", "rag")]
    [InlineData("/v1/feedback", "rag")]
    public async Task Each_route_reaches_its_owner_under_the_same_path(string path, string service)
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On(service, "GET " + path, _ => FakeUpstream.Json(new { ok = 1 }));

        HttpResponseMessage response = await gateway.CreateClient().GetAsync(path + "?limit=3&after=a%20b");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"{path}?limit=3&after=a%20b", gateway.Upstream.Last(service, path).PathAndQuery);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_passes_as_it_is_and_the_answer_with_its_status_and_headers()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("trainer", "POST /v1/files", _ =>
        {
            HttpResponseMessage answer = FakeUpstream.Json(new { id = "file-1" }, HttpStatusCode.Created);
            answer.Headers.Add("X-Special", "yes");
            answer.Headers.Add("Set-Cookie", "a=b");
            return answer;
        });
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent([1, 2, 3]), "file", "a.jsonl" } };
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        request.Headers.Add("Idempotency-Key", "k1");
        request.Headers.Add("X-Ratchet-Key", "forged");
        request.Headers.Add("Cookie", "ratchet_key=secret");
        request.Headers.Add("Authorization", "Bearer secret");

        HttpResponseMessage response = await gateway.CreateClient().SendAsync(request);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("yes", response.Headers.GetValues("X-Special").Single());
        Assert.False(response.Headers.Contains("Set-Cookie"));
        SeenRequest seen = gateway.Upstream.Last("trainer", "/v1/files");
        Assert.StartsWith("multipart/form-data; boundary=", seen.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Contains("filename=a.jsonl", seen.Body, StringComparison.Ordinal);
        Assert.Equal("k1", seen.Headers["Idempotency-Key"]);
        Assert.DoesNotContain(seen.Headers.Keys, name => name is "Cookie" or "Authorization" or "X-Ratchet-Key");
    }

    [Fact]
    public async Task Events_pass_one_by_one_and_an_error_of_the_service_keeps_its_body()
    {
        using var gateway = new GatewayUnderTest();
        var pipe = new Pipe();
        gateway.Upstream.On("trainer", "GET /v1/fine_tuning/jobs/j/events", _ => FakeUpstream.Stream(pipe.Reader.AsStream()));
        await pipe.Writer.WriteAsync("event: a\ndata: 1\n\n"u8.ToArray());
        HttpClient client = gateway.CreateClient();
        using HttpResponseMessage response = await client.GetAsync(
            "/v1/fine_tuning/jobs/j/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("event: a", await reader.ReadLineAsync());
        await pipe.Writer.WriteAsync("data: 2\n\n"u8.ToArray());
        await reader.ReadLineAsync();
        await reader.ReadLineAsync();
        Assert.Equal("data: 2", await reader.ReadLineAsync());

        HttpResponseMessage missing = await client.GetAsync("/v1/fine_tuning/jobs/none");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal("not_found", (string?)(await missing.JsonAsync())["error"]!["code"]);
    }

    [Fact]
    public async Task A_service_that_is_away_answers_503_with_what_to_do()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.Away["trainer"] = true;

        HttpResponseMessage response = await gateway.CreateClient().PostAsync("/v1/fine_tuning/jobs", Wire.Body("{}"));

        JsonNode error = (await response.JsonAsync())["error"]!;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("trainer_away", (string?)error["code"]);
        Assert.Contains("try again", (string?)error["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused_with_413(bool saysItsLength)
    {
        using var gateway = new GatewayUnderTest { Settings = new() { ["Gateway:DocumentBytesMax"] = "1000" } };
        gateway.Upstream.On("rag", "POST /v1/documents", _ => FakeUpstream.Json(new { id = "doc" }));
        HttpContent content = saysItsLength
            ? new ByteArrayContent(new byte[2000])
            : new StreamContent(new UnknownLength(Encoding.UTF8.GetBytes(new string('x', 2000))));

        HttpResponseMessage response = await gateway.CreateClient().PostAsync("/v1/documents", content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("request_too_large", (string?)(await response.JsonAsync())["error"]!["code"]);
        Assert.DoesNotContain(gateway.Upstream.Seen, request => request.Path == "/v1/documents");
    }

    [Fact]
    public async Task An_unknown_route_is_said_to_be_unknown_and_internal_routes_are_not_passed_on()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();
        foreach (string path in (string[])["/v1/nothing", "/v1/load_lora_adapter", "/events"])
        {
            HttpResponseMessage response = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("unknown_route", (string?)(await response.JsonAsync())["error"]!["code"]);
        }
    }

    private sealed class UnknownLength(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
