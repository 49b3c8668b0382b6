using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.EndToEnd.Tests;

/// <summary>One chat as the dashboard of a running host shows it: through three services, with the tokens that it cost.</summary>
public sealed class ChatTraceTests
{
    private const string ApiKey = "read-key-of-the-test";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_chat_is_one_trace_from_gateway_over_rag_and_inference_with_its_tokens()
    {
        if (HostProgram.IsAspire)
        {
            Assert.Skip("The pages are the embedded dashboard's.");
        }

        DirectoryInfo data = Directory.CreateTempSubdirectory("ratchet-trace-");
        await using (HostProgram host = await HostProgram.StartAsync(
            data.FullName, new Dictionary<string, string> { ["ASPIRE_DASHBOARD_API_KEY"] = ApiKey }))
        {
            await new RagClient(host.Http).PushDocumentAsync(new DocumentPush("The ferry leaves pier nine at seven.", "ferry", "harbour"));
            ChatCompletion answer = await new Chats(host.Http).AskAsync("When does the ferry leave?", "base", "harbour", tokensMax: 12);
            Assert.NotNull(answer.Usage);

            using var dashboard = new HttpClient { BaseAddress = new Uri(host.Dashboard.GetLeftPart(UriPartial.Authority)) };
            SpanRecord[] trace = await TraceAsync(dashboard);
            SpanRecord chat = Assert.Single(trace, span => span.Service == "gateway" && span.Text("gen_ai.operation.name") == "chat");
            SpanRecord search = Assert.Single(trace, span => span.Service == "rag" && span.Name == "retrieval harbour");
            SpanRecord model = Assert.Single(trace, span => span.Service == "inference" && span.Text("gen_ai.operation.name") == "chat");
            Assert.Contains(chat, AncestorsOf(search, trace));
            Assert.Contains(chat, AncestorsOf(model, trace));
            Assert.DoesNotContain(search, AncestorsOf(model, trace));
            foreach (SpanRecord counting in (SpanRecord[])[chat, model])
            {
                Assert.Equal(Number(answer.Usage.PromptTokens), counting.Text("gen_ai.usage.input_tokens"));
                Assert.Equal(Number(answer.Usage.CompletionTokens), counting.Text("gen_ai.usage.output_tokens"));
                Assert.Equal(answer.Model, counting.Text("gen_ai.response.model"));
                Assert.Contains(answer.Choices[0].FinishReason, counting.Text("gen_ai.response.finish_reasons"), StringComparison.Ordinal);
            }

            await OpenAsync(host.Dashboard, chat.TraceId, answer.Usage);
        }

        data.Delete(recursive: true);
    }

    // What each service sends comes by itself, in batches; the trace is whole when all three have sent theirs and no span
    // waits for the one above it.
    private static async Task<SpanRecord[]> TraceAsync(HttpClient dashboard)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/telemetry/traces?q=chat&limit=100");
            request.Headers.Add("X-API-Key", ApiKey);
            using HttpResponseMessage response = await dashboard.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            SpanRecord[]? whole = SpanRecord.Read(await response.Content.ReadAsStringAsync())
                .GroupBy(span => span.TraceId)
                .Select(trace => trace.ToArray())
                .FirstOrDefault(trace => trace.Any(span => span is { Service: "gateway", ParentId: "" })
                    && trace.Any(span => span.Name.StartsWith("retrieval ", StringComparison.Ordinal))
                    && trace.Any(span => span.Service == "inference" && span.Text("gen_ai.operation.name") == "chat")
                    && trace.All(span => span.ParentId.Length == 0 || trace.Any(other => other.Id == span.ParentId)));
            if (whole is not null)
            {
                return whole;
            }

            Assert.True(watch.Elapsed < Patience, "The dashboard has not got the whole of the chat's trace.");
            await Task.Delay(200);
        }
    }

    // As a person goes: in by the link of the console, to the list, from there to the trace.
    private static async Task OpenAsync(Uri login, string traceId, Usage usage)
    {
        using var browser = new HttpClient { BaseAddress = new Uri(login.GetLeftPart(UriPartial.Authority)) };
        await browser.GetStringAsync(login);
        string list = await browser.GetStringAsync(new Uri("/traces", UriKind.Relative));
        Assert.Contains($"/traces/detail/{traceId}", list, StringComparison.Ordinal);

        string page = WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri($"/traces/detail/{traceId}", UriKind.Relative)));
        foreach (string expected in (string[])["<b>gateway</b> chat ", "<b>rag</b> retrieval harbour", "<b>inference</b> chat "])
        {
            Assert.Contains(expected, page, StringComparison.Ordinal);
        }

        Assert.Contains($"{usage.PromptTokens} in, {usage.CompletionTokens} out", page, StringComparison.Ordinal);
    }

    private static IEnumerable<SpanRecord> AncestorsOf(SpanRecord span, SpanRecord[] trace)
    {
        for (SpanRecord? above = Parent(span); above is not null; above = Parent(above))
        {
            yield return above;
        }

        SpanRecord? Parent(SpanRecord one) => trace.FirstOrDefault(other => other.Id == one.ParentId);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record SpanRecord(string Service, string TraceId, string Id, string ParentId, string Name, JsonElement Attributes)
    {
        public static SpanRecord[] Read(string otlp) =>
        [
            .. from resource in JsonElement.Parse(otlp).GetProperty("resourceSpans").EnumerateArray()
               let service = Find(resource.GetProperty("resource").GetProperty("attributes"), "service.name")
               from scope in resource.GetProperty("scopeSpans").EnumerateArray()
               from span in scope.GetProperty("spans").EnumerateArray()
               select new SpanRecord(
                   service, span.GetProperty("traceId").GetString()!, span.GetProperty("spanId").GetString()!,
                   span.TryGetProperty("parentSpanId", out JsonElement parent) ? parent.GetString()! : "",
                   span.GetProperty("name").GetString()!, span.GetProperty("attributes")),
        ];

        /// <summary>An attribute's value as text, "" where there is none.</summary>
        public string Text(string name) => Find(Attributes, name);

        private static string Find(JsonElement attributes, string name) => attributes.EnumerateArray()
            .Where(attribute => attribute.GetProperty("key").ValueEquals(name))
            .Select(attribute => attribute.GetProperty("value").EnumerateObject().First().Value.ToString())
            .FirstOrDefault() ?? "";
    }
}
