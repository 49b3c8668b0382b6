using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>Deliveries over each protocol: what is taken, and what is refused with which words.</summary>
public sealed class OtlpIntakeTests
{
    private static readonly byte[] OneSpan = Requests.Traces("sender", Requests.Span(1, 2, "GET /things", attributes: [("http.route", "/things"), ("n", 3)]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_protobuf_body_is_taken_plain_or_zipped(bool isZipped)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        using HttpResponseMessage answer = await dashboard.PostAsync("traces", isZipped ? Zip(OneSpan) : OneSpan, encoding: isZipped ? "gzip" : null);

        Assert.Equal((HttpStatusCode.OK, "application/x-protobuf"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Span span = Assert.Single(dashboard.Store.Traces.Snapshot()).Root;
        Assert.Equal(("GET /things", "sender", "one", SpanKind.Server), (span.Name, span.Resource.Name, span.Resource.InstanceId, span.Kind));
        Assert.Equal(("/things", 3L), (span.Attributes.FindText("http.route"), span.Attributes.Find("n")));
        Assert.Equal(10_000_000, span.Duration);
    }

    [Fact]
    public async Task A_json_body_says_the_same_as_a_protobuf_body()
    {
        const string Json = """
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"browser"}}]},"scopeSpans":[{"scope":{"name":"web"},
            "spans":[{"traceId":"0000000000000000000000000000000A","spanId":"00000000000000ff","name":"click","kind":3,"startTimeUnixNano":"1767225600000000000",
            "endTimeUnixNano":"1767225600005000000","unknown":[1,{}],"attributes":[{"key":"list","value":{"arrayValue":{"values":[{"intValue":"-7"},{"doubleValue":0.5},
            {"boolValue":true},{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}]}}}],"status":{"code":2,"message":"no"}}]}]}]}
            """;
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        using HttpResponseMessage answer = await dashboard.PostAsync("traces", Encoding.UTF8.GetBytes(Json), "application/json; charset=utf-8");

        Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        Span span = Assert.Single(dashboard.Store.Traces.Snapshot()).Root;
        Assert.Equal((new TraceId(0, 10), new SpanId(255), "click", SpanKind.Client), (span.TraceId, span.Id, span.Name, span.Kind));
        Assert.Equal(("browser", SpanStatus.Error, "no", 5_000_000L), (span.Resource.Name, span.Status, span.StatusMessage, span.Duration));
        Assert.Equal("[-7, 0.5, true, {k: v}]", span.Attributes.FindText("list"));
    }

    [Theory]
    [InlineData("text/plain", null, HttpStatusCode.UnsupportedMediaType, "Content type 'text/plain' was found; application/x-protobuf")]
    [InlineData("application/x-protobuf", "br", HttpStatusCode.UnsupportedMediaType, "Content encoding 'br' was found; gzip or none is needed")]
    [InlineData("application/x-protobuf", "gzip", HttpStatusCode.BadRequest, "announced as gzip and is none")]
    [InlineData("application/x-protobuf", null, HttpStatusCode.BadRequest, "Byte 0: 0x7B")]
    [InlineData("application/json", null, HttpStatusCode.BadRequest, "The body is no OTLP in JSON")]
    public async Task What_is_refused_says_why(string type, string? encoding, HttpStatusCode status, string words)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        using HttpResponseMessage answer = await dashboard.PostAsync("traces", Encoding.UTF8.GetBytes("{\"resourceSpans\":[7]}"), type, encoding);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(dashboard.Store.Traces.Snapshot());
    }

    [Fact]
    public async Task A_small_body_that_unpacks_to_a_huge_one_is_refused()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        using HttpResponseMessage answer = await dashboard.PostAsync("logs", Zip(new byte[OtlpBody.BytesMax + 1]), encoding: "gzip");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("a key for exporterS")]
    public async Task Without_the_key_nothing_is_taken(string? key)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        using HttpResponseMessage http = await dashboard.PostAsync("traces", OneSpan, key: key);
        (int grpc, string message) = await CallAsync(dashboard, OtlpSignal.Traces, Frame(OneSpan), key: key);

        Assert.Equal(HttpStatusCode.Unauthorized, http.StatusCode);
        Assert.Equal(16, grpc);
        Assert.Contains("x-otlp-api-key", message, StringComparison.Ordinal);
        Assert.Empty(dashboard.Store.Traces.Snapshot());
    }

    [Fact]
    public async Task A_grpc_call_is_taken_plain_or_zipped()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        byte[] logs = Requests.Logs("sender", Requests.Log("hello", severity: 17, attributes: [("a", 1)]));

        Assert.Equal((0, ""), await CallAsync(dashboard, OtlpSignal.Traces, Frame(OneSpan)));
        Assert.Equal((0, ""), await CallAsync(dashboard, OtlpSignal.Logs, Frame(Zip(logs), flags: 1), encoding: "gzip"));

        Assert.Single(dashboard.Store.Traces.Snapshot());
        LogEntry log = Assert.Single(dashboard.Store.Logs.Snapshot());
        Assert.Equal(("hello", LogLevelName.Error), (log.Message, log.Level));
    }

    [Fact]
    public async Task A_bad_grpc_frame_is_answered_in_grpcs_own_way()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        (int shortBody, string message) = await CallAsync(dashboard, OtlpSignal.Traces, [0, 0]);
        (int wrongLength, _) = await CallAsync(dashboard, OtlpSignal.Traces, [0, 0, 0, 0, 9, 1]);
        (int badBytes, _) = await CallAsync(dashboard, OtlpSignal.Traces, Frame([0xFF]));
        (int unknownPacking, _) = await CallAsync(dashboard, OtlpSignal.Traces, Frame(OneSpan, flags: 1), encoding: "snappy");

        Assert.Equal((3, 3, 3, 12), (shortBody, wrongLength, badBytes, unknownPacking));
        Assert.Contains("a length in four bytes", message, StringComparison.Ordinal);
        Assert.Empty(dashboard.Store.Traces.Snapshot());
    }

    private static async Task<(int Status, string Message)> CallAsync(
        RunningDashboard dashboard, OtlpSignal signal, byte[] body, string? encoding = null, string? key = RunningDashboard.OtlpKey)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(dashboard.Grpc, OtlpGrpc.PathOf(signal)))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        if (encoding is not null)
        {
            request.Headers.Add("grpc-encoding", encoding);
        }

        if (key is not null)
        {
            request.Headers.Add("x-otlp-api-key", key);
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, "application/grpc"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        byte[] answer = await response.Content.ReadAsByteArrayAsync();
        int status = int.Parse(response.TrailingHeaders.GetValues("grpc-status").Single(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(status == 0 ? 5 : 0, answer.Length);
        return (status, response.TrailingHeaders.TryGetValues("grpc-message", out IEnumerable<string>? words) ? Uri.UnescapeDataString(words.Single()) : "");
    }

    private static byte[] Frame(byte[] message, byte flags = 0) =>
        [flags, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static byte[] Zip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            zip.Write(bytes);
        }

        return packed.ToArray();
    }
}
