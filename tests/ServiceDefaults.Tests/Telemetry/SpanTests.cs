using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.ServiceDefaults.Tests.Telemetry;

/// <summary>What leaves a service about its requests; the same in both stacks.</summary>
/// <remarks>Alone: a listener hears the requests of every service in the process.</remarks>
[Collection("Spans")]
[CollectionDefinition("Spans", DisableParallelization = true)]
public sealed class SpanTests
{
    [Fact]
    public async Task A_request_is_a_span_with_route_status_and_a_name_to_read()
    {
        var spans = new Exported();
        await using TestService service = await StartAsync(spans);

        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/things/7?a=b")).StatusCode);

        Activity span = await spans.OneAsync(ActivityKind.Server);
        Assert.Equal("GET /things/{id}", span.DisplayName);
        Assert.Equal("/things/{id}", span.GetTagItem("http.route"));
        Assert.Equal(200, span.GetTagItem("http.response.status_code"));
        Assert.Equal("GET", span.GetTagItem("http.request.method"));
        Assert.Equal("/things/7", span.GetTagItem("url.path"));
        Assert.NotEqual(ActivityStatusCode.Error, span.Status);
    }

    [Fact]
    public async Task A_failure_of_ours_is_an_error_with_its_route_and_a_refusal_is_none()
    {
        var spans = new Exported();
        await using TestService service = await StartAsync(spans);

        Assert.Equal(HttpStatusCode.InternalServerError, (await service.Client.GetAsync("/broken/1")).StatusCode);
        Activity broken = await spans.OneAsync(ActivityKind.Server, "GET /broken/{id}");
        Assert.Equal(HttpStatusCode.Conflict, (await service.Client.GetAsync("/refused")).StatusCode);
        Activity refused = await spans.OneAsync(ActivityKind.Server, "GET /refused");

        Assert.Equal(("GET /broken/{id}", 500, ActivityStatusCode.Error), (broken.DisplayName, broken.GetTagItem("http.response.status_code"), broken.Status));
        Assert.Equal((409, ActivityStatusCode.Unset), (refused.GetTagItem("http.response.status_code"), refused.Status));
    }

    [Fact]
    public async Task Health_checks_leave_no_span()
    {
        var spans = new Exported();
        await using TestService service = await StartAsync(spans);

        await service.Client.GetAsync("/health");
        await service.Client.GetAsync("/alive");
        await service.Client.GetAsync("/things/1");

        Activity span = await spans.OneAsync(ActivityKind.Server);
        Assert.Equal("/things/{id}", span.GetTagItem("http.route"));
    }

    [Fact]
    public void A_call_of_a_model_carries_the_names_of_the_conventions()
    {
        using var source = new ActivitySource("Ratchet.Test." + Guid.NewGuid());
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        Activity? span = null;
        listener.ActivityStopped = stopped => span = stopped;
        var ended = new List<GenAiCall>();

        using (var call = GenAiCall.Start(source, ActivityKind.Client, GenAi.Chat, "auto", TimeProvider.System, ended.Add))
        {
            call.ResponseModel = "ft:tiny:ratchet:shop:1";
            call.ResponseId = "chatcmpl-1";
            call.InputTokens = 30;
            call.CachedTokens = 20;
            call.OutputTokens = 4;
            call.FinishReasons = ["stop"];
            call.Dispose();
        }

        Assert.Single(ended);
        Assert.Equal(("chat auto", ActivityKind.Client), (span!.DisplayName, span.Kind));
        var tags = span.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value);
        Assert.Equal("chat", tags["gen_ai.operation.name"]);
        Assert.Equal(("ratchet", "ratchet"), (tags["gen_ai.provider.name"], tags["gen_ai.system"]));
        Assert.Equal(("auto", "ft:tiny:ratchet:shop:1"), (tags["gen_ai.request.model"], tags["gen_ai.response.model"]));
        Assert.Equal((30L, 20L, 4L), (
            tags["gen_ai.usage.input_tokens"], tags["gen_ai.usage.cache_read.input_tokens"], tags["gen_ai.usage.output_tokens"]));
        Assert.Equal(["stop"], (string[])tags["gen_ai.response.finish_reasons"]!);
    }

    private static Task<TestService> StartAsync(Exported spans) => TestService.StartAsync(
        app =>
        {
            app.MapGet("/things/{id}", (string id) => id);
            app.MapGet("/broken/{id}", string (string id) => throw new InvalidOperationException(id));
            app.MapGet("/refused", string () => throw new ApiException(409, "no", "No."));
        },
        builder => builder.Services.ConfigureOpenTelemetryTracerProvider(
            tracing => tracing.AddProcessor(new SimpleActivityExportProcessor(spans))),
        settings: new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:9", ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" });

    /// <summary>Keeps what would be sent.</summary>
    private sealed class Exported : BaseExporter<Activity>
    {
        private readonly ConcurrentQueue<Activity> _spans = new();

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (Activity span in batch)
            {
                _spans.Enqueue(span);
            }

            return ExportResult.Success;
        }

        /// <summary>The one span of its kind; waits for it, since a request's span ends after its answer.</summary>
        public async Task<Activity> OneAsync(ActivityKind kind, string? name = null)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!_spans.Any(IsIt))
            {
                await Task.Delay(10, limit.Token);
            }

            return Assert.Single(_spans, span => IsIt(span));

            bool IsIt(Activity span) => span.Kind == kind && (name is null || span.DisplayName == name);
        }
    }
}
