using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Contracts.Trainer;

namespace Ratchet.Gateway.Tests.Telemetry;

/// <summary>What a chat leaves behind for whoever runs the product: one trace, and numbers.</summary>
public sealed class ChatTelemetryTests : IDisposable
{
    private const string Route = "/v1/chat/completions";
    private const string Adapter = "ft:tiny-base:ratchet:shop:ftjob-1";

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public ChatTelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Ratchet.Gateway" or "Microsoft.AspNetCore" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chat_is_one_span_with_model_tokens_and_finish_reason(bool stream)
    {
        using var gateway = new GatewayUnderTest();
        string id = $"chatcmpl-{Guid.NewGuid():N}";
        gateway.Aliases.Apply(new AliasRecord { Name = "latest", Adapter = Adapter, Version = 4, UpdatedAt = 1 });
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => stream
            ? FakeUpstream.Events(
                [
                    .. FakeUpstream.Chunks(request, id, ["We open at nine."]),
                    $$$"""{"id":"{{{id}}}","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""",
                    "[DONE]",
                ])
            : FakeUpstream.Completion(request, "We open at nine.", id));

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("When?", stream: stream)));
        _ = await response.Content.ReadAsStringAsync();

        Activity span = await FindAsync(id);
        Assert.Equal("chat auto", span.DisplayName);
        Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.Equal(("auto", Adapter), (span.GetTagItem("gen_ai.request.model"), span.GetTagItem("gen_ai.response.model")));
        Assert.Equal((3L, 2L), (span.GetTagItem("gen_ai.usage.input_tokens"), span.GetTagItem("gen_ai.usage.output_tokens")));
        Assert.Equal(["stop"], (string[])span.GetTagItem("gen_ai.response.finish_reasons")!);
        Assert.Equal((1, true), (span.GetTagItem("ratchet.retrieval.hits"), span.GetTagItem("ratchet.retrieval.answerable")));
        Assert.Equal(stream, span.GetTagItem("gen_ai.response.time_to_first_chunk") is double);
        Assert.DoesNotContain(span.TagObjects, tag => tag.Value is string text && text.Contains("nine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_chat_asks_of_the_services_carries_the_chats_trace()
    {
        using var gateway = new GatewayUnderTest();
        string id = $"chatcmpl-{Guid.NewGuid():N}";
        var traces = new ConcurrentDictionary<string, ActivityTraceId>();
        gateway.Upstream.On("rag", "POST /v1/search", request =>
        {
            traces[request.Service] = Activity.Current!.TraceId;
            return FakeUpstream.Found(answerable: false);
        });
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request =>
        {
            traces[request.Service] = Activity.Current!.TraceId;
            return FakeUpstream.Completion(request, "Hello.", id);
        });

        await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Hi?")));

        Activity span = await FindAsync(id);
        Assert.Equal((span.TraceId, span.TraceId), (traces["rag"], traces["inference"]));
    }

    [Fact]
    public async Task A_refused_chat_is_an_error_span()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => FakeUpstream.Error(HttpStatusCode.TooManyRequests, "queue_full", "Full."));
        string model = $"ft:refused-{Guid.NewGuid():N}";

        await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Hi?", model)));

        Activity span = await UntilAsync(candidate => (string?)candidate.GetTagItem("gen_ai.request.model") == model);
        Assert.Equal((ActivityStatusCode.Error, "Full."), (span.Status, span.StatusDescription));
    }

    [Fact]
    public async Task Tokens_durations_and_the_generation_of_an_alias_are_metrics()
    {
        using var gateway = new GatewayUnderTest();
        var measured = new ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener();
        IMeterFactory factory = gateway.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Meter.Name == "Ratchet.Gateway")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured.Enqueue((instrument.Name, value, Read(tags))));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured.Enqueue((instrument.Name, value, Read(tags))));
        listener.Start();
        gateway.Aliases.Apply(new AliasRecord { Name = "latest", Adapter = Adapter, Version = 4, UpdatedAt = 1 });

        await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Hi?")));
        await GatewayUnderTest.UntilAsync(() => measured.Any(item => item.Name == "gen_ai.client.operation.duration"));
        await GatewayUnderTest.UntilAsync(() => measured.Count(item => item.Name == "gen_ai.client.token.usage") == 2);
        listener.RecordObservableInstruments();

        Assert.Equal(
            [("input", 3d), ("output", 2d)],
            measured.Where(item => item.Name == "gen_ai.client.token.usage").Select(item => ((string)item.Tags["gen_ai.token.type"]!, item.Value)));
        var generation = Assert.Single(measured, item => item.Name == "ratchet.adapter.generation");
        Assert.Equal((4d, "latest", Adapter), (generation.Value, generation.Tags["ratchet.alias"], generation.Tags["ratchet.adapter"]));
    }

    private static Dictionary<string, object?> Read(ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(tags.ToArray());

    private Task<Activity> FindAsync(string id) => UntilAsync(span => (string?)span.GetTagItem("gen_ai.response.id") == id);

    private async Task<Activity> UntilAsync(Func<Activity, bool> condition)
    {
        await GatewayUnderTest.UntilAsync(() => _spans.Any(condition));
        return _spans.Single(condition);
    }
}
