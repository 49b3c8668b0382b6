using System.Net;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>What a small Ratchet tells of itself while it answers two questions.</summary>
internal static class SampleTelemetry
{
    public const ulong Chat = 0xA1;
    public const ulong Failed = 0xB2;

    public static async Task SendAsync(RunningDashboard dashboard)
    {
        ulong now = (ulong)((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        // The last point is a while ago: a chart leaves out the step of time that is not over.
        ulong start = now - (26 * Requests.Second);
        await PostAsync(dashboard, "traces", Requests.Traces(
            "gateway",
            Requests.Span(Chat, 1, "POST /v1/chat/completions", start: start, milliseconds: 1_240, attributes: [("http.route", "/v1/chat/completions"), ("http.response.status_code", 200)]),
            Requests.Span(Chat, 2, "retrieve", parent: 1, start: start + 8_000_000, milliseconds: 90, attributes: [("ratchet.hits", 4)]),
            Requests.Span(Chat, 5, "chat smollm2", parent: 1, start: start + 110_000_000, milliseconds: 1_100, attributes:
            [
                ("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "smollm2"), ("gen_ai.usage.input_tokens", 412), ("gen_ai.usage.output_tokens", 57),
            ]),
            Requests.Span(Failed, 7, "GET /v1/adapters", start: start + (5 * Requests.Second), milliseconds: 31, isError: true, attributes: [("http.route", "/v1/adapters")])));
        await PostAsync(dashboard, "traces", Requests.Traces("rag", Requests.Span(Chat, 3, "POST /v1/search", parent: 2, start: start + 15_000_000, milliseconds: 70)));
        await PostAsync(dashboard, "traces", Requests.Traces("inference", Requests.Span(
            Chat, 6, "POST /v1/chat/completions", parent: 5, start: start + 120_000_000, milliseconds: 1_080, attributes: [("gen_ai.usage.output_tokens", 57), ("gen_ai.usage.input_tokens", 412)])));
        await PostAsync(dashboard, "logs", Requests.Logs(
            "gateway",
            Requests.Log("Answered with 4 passages in 1240 ms", time: start + Requests.Second, trace: Chat, span: 1, attributes: [("Passages", 4), ("Collection", "library")]),
            Requests.Log("The trainer did not answer", severity: 17, time: start + (5 * Requests.Second), trace: Failed, span: 7, attributes:
                [("exception.type", "HttpRequestException"), ("exception.stacktrace", "at Ratchet.Gateway.Aliases.AliasTable.RefreshAsync()")]),
            Requests.Log("Cache hit", severity: 5, time: start + (6 * Requests.Second))));
        await PostAsync(dashboard, "logs", Requests.Logs("rag", Requests.Log("Index is 3 documents behind", severity: 13, time: start + (2 * Requests.Second))));
        for (ulong second = 0; second <= 20; second++)
        {
            ulong at = start + (second * Requests.Second);
            await PostAsync(dashboard, "metrics", Requests.Metrics(
                "inference",
                Requests.Counter("ratchet.tokens.generated", at, 40 * second, ("adapter", "base")),
                Requests.Counter("ratchet.tokens.generated", at, (25 * second) + (5 * (second % 3)), ("adapter", "latest")),
                Requests.Gauge("ratchet.queue.length", at, (long)(second % 5)),
                Requests.Histogram("gen_ai.server.request.duration", at, [0.1, 0.5, 1, 5], [second, 3 * second, second / 2, 0, 0], 0.4 * second)));
        }
    }

    /// <param name="given">Gets each command that is given; only a stop succeeds.</param>
    public static async Task ShowResourcesAsync(RunningDashboard dashboard, List<string>? given = null)
    {
        foreach ((string name, string state, HealthStatus? health, int? exitCode) in new (string, string, HealthStatus?, int?)[]
        {
            ("gateway", "Running", HealthStatus.Healthy, null), ("rag", "Running", HealthStatus.Healthy, null), ("trainer", "Waiting", null, null),
            ("inference", "Finished", null, 3),
        })
        {
            var resource = new ExecutableResource(name, $"{name}.dll", ".");
            AddCommand(resource, "start", "Start", isUp: false, given);
            AddCommand(resource, "stop", "Stop", isUp: true, given);
            AddCommand(resource, "restart", "Restart", isUp: true, given);
            AddCommand(resource, "start-cycle", "Start a cycle", isUp: true, given);
            await dashboard.Notifications.PublishUpdateAsync(resource, now => (now with
            {
                State = state,
                HealthStatus = health,
                ExitCode = exitCode,
                StartTimeStamp = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-3),
                Urls = [new UrlSnapshot("http", "http://localhost:5380", false)],
                EnvironmentVariables =
                [
                    new EnvironmentVariableSnapshot("OTEL_SERVICE_NAME", name, true), new EnvironmentVariableSnapshot("Ratchet__ServiceKey", "hunter2", true),
                ],
            }).WithProperty("resource.source", $"{name}.dll").WithProperty("resource.waitingFor", state == "Waiting" ? "rag, inference" : null));
        }

        await dashboard.Notifications.PublishUpdateAsync(
            new ParameterResource("service-key", _ => "s3cret", secret: true), now => (now with { State = "Running" }).WithProperty("Value", "********"));
        dashboard.Logs.Append("gateway", "\u001b[32minfo\u001b[0m: listening on <http://localhost:5380>", isErrorMessage: false);
        dashboard.Logs.Append("rag", "index opened", isErrorMessage: false);
        dashboard.Logs.Append("gateway", "\u001b[1;31mfail\u001b[0m: the trainer is away", isErrorMessage: true);
    }

    private static void AddCommand(ExecutableResource resource, string name, string label, bool isUp, List<string>? given) =>
        resource.Annotations.Add(new ResourceCommandAnnotation(
            name, label,
            context => context.ResourceSnapshot.State?.Text == "Running" == isUp ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            context =>
            {
                given?.Add(name);
                return Task.FromResult(name == "stop" ? CommandResults.Success() : CommandResults.Failure("not today"));
            },
            displayDescription: null, parameter: null, confirmationMessage: null, iconName: null, iconVariant: null, isHighlighted: true));

    public static async Task PostAsync(RunningDashboard dashboard, string signal, byte[] request)
    {
        using HttpResponseMessage answer = await dashboard.PostAsync(signal, request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
