using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Ratchet.Contracts.Trainer;

namespace Ratchet.Gateway.Tests.Chat;

public sealed class StreamingTests
{
    private const string Route = "/v1/chat/completions";

    // F107: the alias moves while answers are on their way; each finishes on the generation it began with.
    [Fact]
    public async Task Thirty_two_streams_finish_on_the_generation_they_began_with_while_the_alias_moves_twenty_times()
    {
        using var gateway = new GatewayUnderTest();
        var gate = new TaskCompletionSource();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", (request, cancellation) =>
        {
            var pipe = new Pipe();
            _ = WriteAsync(pipe.Writer, [.. FakeUpstream.Chunks(request, "chatcmpl-" + Guid.NewGuid().ToString("N"), ["a", "b", "c"])], gate.Task);
            return Task.FromResult(FakeUpstream.Stream(pipe.Reader.AsStream()));
        });
        HttpClient client = gateway.CreateClient();
        var started = new List<(string Adapter, HttpResponseMessage Response)>();
        for (int i = 0; i < 32; i++)
        {
            string adapter = $"ft:tiny-base:ratchet:shop:ftjob-{i % 20}";
            if (i < 20)
            {
                gateway.Aliases.Apply(new AliasRecord { Name = "latest", Adapter = adapter, Version = i + 1, UpdatedAt = 1 });
            }
            else
            {
                adapter = "ft:tiny-base:ratchet:shop:ftjob-19";
            }

            var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = Wire.Body(Wire.Question("Q?", "latest", stream: true)) };
            started.Add((adapter, await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)));
        }

        gate.SetResult();
        foreach ((string adapter, HttpResponseMessage response) in started)
        {
            List<string> events = await response.EventsAsync();
            Assert.Equal("[DONE]", events[^1]);
            Assert.Equal("abc", events.Content());
            Assert.All(events.SkipLast(1), item => Assert.Equal(adapter, (string?)JsonNode.Parse(item)!["model"]));
        }
    }

    [Fact]
    public async Task Each_piece_reaches_the_reader_before_the_next_is_made()
    {
        using var gateway = new GatewayUnderTest();
        var pipe = new Pipe();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => FakeUpstream.Stream(pipe.Reader.AsStream()));
        await pipe.Writer.WriteAsync(Event("""{"id":"c","choices":[{"index":0,"delta":{"content":"one"}}]}"""));

        var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = Wire.Body(Wire.Question("Q?", stream: true)) };
        using HttpResponseMessage response = await gateway.CreateClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Contains("one", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());
        await pipe.Writer.WriteAsync(Event("""{"id":"c","choices":[{"index":0,"delta":{"content":"two"}}]}"""));
        Assert.Contains("two", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_in_the_middle_is_an_event_and_no_DONE_follows()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => FakeUpstream.Events(
            """{"id":"c","choices":[{"index":0,"delta":{"content":"half"}}]}""",
            """{"error":{"message":"Out of memory.","type":"server_error","code":"boom"}}"""));

        List<string> events = await (await PostAsync(gateway)).EventsAsync();

        Assert.Equal("boom", (string?)JsonNode.Parse(events[^1])!["error"]!["code"]);
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_says_so()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => FakeUpstream.Events(
            """{"id":"c","choices":[{"index":0,"delta":{"content":"half"}}]}"""));

        List<string> events = await (await PostAsync(gateway)).EventsAsync();

        Assert.Equal("answer_broke_off", (string?)JsonNode.Parse(events[^1])!["error"]!["code"]);
    }

    [Fact]
    public async Task When_the_reader_leaves_the_model_stops_and_the_half_answer_is_kept()
    {
        using var gateway = new GatewayUnderTest();
        var stopped = new TaskCompletionSource();
        var body = new StoppableStream(Event("""{"id":"chatcmpl-left","choices":[{"index":0,"delta":{"content":"half"}}]}"""), stopped);
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => FakeUpstream.Stream(body));

        var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = Wire.Body(Wire.Question("Q?", stream: true)) };
        HttpResponseMessage response = await gateway.CreateClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Stream stream = await response.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[10]) > 0);
        response.Dispose();

        await stopped.Task.WaitAsync(TimeSpan.FromMinutes(1));
        var store = (Records.ChatStore)gateway.Services.GetService(typeof(Records.ChatStore))!;
        await GatewayUnderTest.UntilAsync(() => store.Find("chatcmpl-left") is { Answer: "half", FinishReason: "cancelled" });
    }

    private static async Task<HttpResponseMessage> PostAsync(GatewayUnderTest gateway) =>
        await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?", stream: true)));

    private static byte[] Event(string json) => Encoding.UTF8.GetBytes($"data: {json}\n\n");

    private static async Task WriteAsync(PipeWriter writer, string[] chunks, Task gate)
    {
        await writer.WriteAsync(Event(chunks[0]));
        await gate;
        foreach (string chunk in chunks.Skip(1))
        {
            await writer.WriteAsync(Event(chunk));
        }

        await writer.WriteAsync(Event("[DONE]"));
        await writer.CompleteAsync();
    }

    /// <summary>Gives its first bytes, then waits until the read is cancelled or the stream closed.</summary>
    private sealed class StoppableStream(byte[] first, TaskCompletionSource stopped) : Stream
    {
        private bool _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_given)
            {
                _given = true;
                first.CopyTo(buffer);
                return first.Length;
            }

            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                stopped.TrySetResult();
                throw;
            }

            return 0;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
