using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Records;
using Ratchet.Gateway.Tests.Tools;

namespace Ratchet.Gateway.Tests.Infrastructure.SemanticKernel;

public sealed class KernelTests
{
    private const string Adapter = "ft:tiny-base:ratchet:one:job1";

    [Fact]
    public async Task A_model_searches_by_itself_and_its_answer_cites_what_it_found()
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();
        Found(gateway.Upstream);
        Script(gateway.Upstream, ("search", new { query = "opening hours" }), "We open at nine.");

        JsonObject answer = await AskAsync(client);

        Assert.Equal("We open at nine.", (string?)answer["choices"]![0]!["message"]!["content"]);
        JsonNode citation = answer["choices"]![0]!["message"]!["annotations"]![0]!["url_citation"]!;
        Assert.Equal(("Hours", "http://localhost/knowledge/d1#c1"), ((string?)citation["title"], (string?)citation["url"]));
        Assert.Equal("c1", (string?)answer["x_ratchet"]!["chunks"]![0]!["id"]);
        JsonNode call = Assert.Single(answer["x_ratchet"]!["tool_calls"]!.AsArray())!;
        Assert.Equal(("knowledge.search", "done"), ((string?)call["name"], (string?)call["outcome"]));
        Assert.Equal(14 + 5, (int)answer["usage"]!["total_tokens"]!);
        JsonObject[] sent = Sent(gateway.Upstream);
        Assert.Equal(2, sent.Length);
        Assert.Contains("We open at nine", (string?)sent[1]["messages"]!.AsArray()[^1]!["content"], StringComparison.Ordinal);
        Assert.Equal(8, sent[0]["tools"]!.AsArray().Count);
        Assert.All(sent[0]["tools"]!.AsArray(), tool => Assert.NotEmpty((string?)tool!["function"]!["description"] ?? ""));
    }

    [Fact]
    public async Task A_streamed_answer_shows_only_what_is_for_the_reader()
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();
        Found(gateway.Upstream);
        Script(gateway.Upstream, ("search", new { query = "opening hours" }), "We open at nine.");

        using HttpResponseMessage response = await client.PostAsync("/v1/chat/completions", Wire.Body(Request(stream: true)));
        List<string> events = await response.EventsAsync();

        Assert.Equal("[DONE]", events[^1]);
        Assert.Equal("We open at nine.", events.Content());
        Assert.DoesNotContain(events, item => item.Contains("\"finish_reason\":\"tool_calls\"", StringComparison.Ordinal));
        JsonNode last = events.SkipLast(1).Select(item => JsonNode.Parse(item)!).Last(chunk => chunk["choices"]!.AsArray().Count > 0);
        Assert.Equal("knowledge.search", (string?)last["x_ratchet"]!["tool_calls"]![0]!["name"]);
        Assert.Equal("Hours", (string?)last["choices"]![0]!["delta"]!["annotations"]![0]!["url_citation"]!["title"]);
        Assert.Equal(14, (int)JsonNode.Parse(events[^2])!["usage"]!["total_tokens"]!);
    }

    [Fact]
    public async Task A_reader_cannot_promote_through_a_model_and_the_try_is_recorded()
    {
        (string key, string hash) = KeyRing.Make();
        using var gateway = new GatewayUnderTest { Settings = KeySettings(hash, "reader") };
        using HttpClient client = gateway.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Script(gateway.Upstream, ("promote", new { adapter = Adapter, reason = "it is better" }), "I may not.");

        JsonObject answer = await AskAsync(client);

        Assert.Equal("refused", (string?)answer["x_ratchet"]!["tool_calls"]![0]!["outcome"]);
        Assert.DoesNotContain(gateway.Upstream.Seen, request => request.Method == "PUT");
        Assert.Contains("wants the role operator", LastToolResult(gateway.Upstream), StringComparison.Ordinal);
        AuditEntry entry = Assert.Single(gateway.Services.GetRequiredService<AuditLog>().List(10));
        Assert.Equal(("someone", "reader", "trainer.promote", "refused"), (entry.Caller, entry.Role, entry.Action, entry.Outcome));
        Assert.Contains(Adapter, entry.Arguments, StringComparison.Ordinal);

        using HttpResponseMessage forbidden = await client.GetAsync("/v1/audit");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    [Fact]
    public async Task An_operator_promotes_through_a_model_by_compare_and_swap()
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(new { data = new[] { Alias("ft:tiny-base:ratchet:one:job0", 4) } }));
        gateway.Upstream.On("trainer", "PUT /v1/aliases/latest", _ => FakeUpstream.Json(Alias(Adapter, 5)));
        Script(gateway.Upstream, ("promote", new { adapter = Adapter, reason = "measured" }), "Done.");

        JsonObject answer = await AskAsync(client);

        Assert.Equal("done", (string?)answer["x_ratchet"]!["tool_calls"]![0]!["outcome"]);
        JsonObject move = gateway.Upstream.Last("trainer", "/v1/aliases/latest").Json;
        Assert.Equal((Adapter, 4, "measured", "local"), ((string?)move["adapter"], (int)move["expected_version"]!, (string?)move["reason"], (string?)move["actor"]));
        Assert.Equal(Adapter, gateway.Aliases.Find("latest")!.Adapter);
        JsonArray audit = (await (await client.GetAsync("/v1/audit")).JsonAsync())["data"]!.AsArray();
        Assert.Equal(("trainer.promote", "done"), ((string?)audit[0]!["action"], (string?)audit[0]!["outcome"]));
    }

    [Fact]
    public async Task What_a_service_refuses_is_told_to_the_model()
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();
        gateway.Upstream.On("trainer", "POST /v1/cycles", _ => FakeUpstream.Error(HttpStatusCode.Conflict, "cycle_running", "A cycle runs already."));
        Script(gateway.Upstream, ("start_cycle", new { reason = "new documents" }), "One runs already.");

        JsonObject answer = await AskAsync(client);

        Assert.Equal("failed", (string?)answer["x_ratchet"]!["tool_calls"]![0]!["outcome"]);
        Assert.Contains("A cycle runs already.", LastToolResult(gateway.Upstream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_never_stops_calling_is_made_to_answer()
    {
        using var gateway = new GatewayUnderTest { Settings = new() { ["Gateway:ToolRoundsMax"] = "3" } };
        using HttpClient client = gateway.CreateClient();
        Found(gateway.Upstream);
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => request.Json["tools"] is null
            ? FakeUpstream.Completion(request, "Enough.")
            : ToolAnswers.Call(request, Name(request, "search"), new { query = "more" }));

        JsonObject answer = await AskAsync(client);

        Assert.Equal("Enough.", (string?)answer["choices"]![0]!["message"]!["content"]);
        Assert.Equal(3, Sent(gateway.Upstream).Length);
    }

    [Fact]
    public async Task A_model_that_cannot_call_is_refused_in_its_own_words()
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => ToolAnswers.Refusal());

        using HttpResponseMessage response = await client.PostAsync("/v1/chat/completions", Wire.Body(Request(stream: false)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("tools_not_supported", (string?)(await response.JsonAsync())["error"]!["code"]);
    }

    [Fact]
    public async Task The_kernel_asks_one_question_with_retrieval_and_the_prompt_is_recorded()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        Found(gateway.Upstream);
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "At nine."));
        await using AsyncServiceScope scope = gateway.Services.CreateAsyncScope();
        Kernel kernel = scope.ServiceProvider.GetRequiredService<Kernel>();

        string? answer = await kernel.InvokeAsync<string>("knowledge", "ask", new KernelArguments { ["question"] = "When do you open & close <today>?" });
        string? cited = await kernel.InvokeAsync<string>("knowledge", "cite", new KernelArguments { ["passage"] = "[c1]" });

        Assert.StartsWith("At nine.\nSources: Hours <", answer, StringComparison.Ordinal);
        Assert.StartsWith("Hours <", cited, StringComparison.Ordinal);
        Assert.Equal("When do you open & close <today>?", (string?)gateway.Upstream.Last("rag", "/v1/search").Json["query"]);
        Assert.Equal(
            ["knowledge.cite", "prompt", "knowledge.ask"], gateway.Services.GetRequiredService<AuditLog>().List(10).Select(entry => entry.Action));
    }

    [Fact]
    public async Task A_prompt_that_is_no_question_any_more_is_turned_away()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        await using AsyncServiceScope scope = gateway.Services.CreateAsyncScope();
        Kernel kernel = scope.ServiceProvider.GetRequiredService<Kernel>();

        string? answer = await kernel.InvokeAsync<string>("knowledge", "ask", new KernelArguments { ["question"] = new string('x', 40_000) });

        Assert.StartsWith("Refused: the question has 40", answer, StringComparison.Ordinal);
        Assert.Empty(Sent(gateway.Upstream));
        Assert.Contains(gateway.Services.GetRequiredService<AuditLog>().List(10), entry => entry is { Action: "prompt", Outcome: "refused" });
    }

    [Fact]
    public async Task Any_kernel_of_the_gateway_chats_through_the_chain()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        Found(gateway.Upstream);
        await using AsyncServiceScope scope = gateway.Services.CreateAsyncScope();
        Kernel kernel = scope.ServiceProvider.GetRequiredService<Kernel>();

        ChatMessageContent answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync("When?");

        Assert.Equal("An answer.", answer.Content);
        Assert.Equal("When?", (string?)gateway.Upstream.Last("rag", "/v1/search").Json["query"]);
    }

    private static void Found(FakeUpstream upstream) =>
        upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));

    // Calls one function first, whatever the kernel has named it on the wire, then answers.
    private static void Script(FakeUpstream upstream, (string Function, object Arguments) call, string answer) =>
        upstream.On("inference", "POST /v1/chat/completions", request => (string?)request.Json["messages"]!.AsArray()[^1]!["role"] == "tool"
            ? FakeUpstream.Completion(request, answer)
            : ToolAnswers.Call(request, Name(request, call.Function), call.Arguments));

    private static string Name(SeenRequest request, string function) => request.Json["tools"]!.AsArray()
        .Select(tool => (string)tool!["function"]!["name"]!)
        .Single(name => name.EndsWith(function, StringComparison.Ordinal));

    private static async Task<JsonObject> AskAsync(HttpClient client)
    {
        using HttpResponseMessage response = await client.PostAsync("/v1/chat/completions", Wire.Body(Request(stream: false)));
        JsonObject answer = await response.JsonAsync();
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return answer;
    }

    private static object Request(bool stream) => new
    {
        stream,
        stream_options = stream ? new { include_usage = true } : null,
        messages = new[] { new { role = "user", content = "When do you open?" } },
        x_ratchet = new { tools = "server" },
    };

    private static JsonObject[] Sent(FakeUpstream upstream) =>
        [.. upstream.Seen.Where(request => request.Path == "/v1/chat/completions").Select(request => request.Json)];

    private static string LastToolResult(FakeUpstream upstream) => (string)Sent(upstream)[^1]["messages"]!.AsArray()[^1]!["content"]!;

    private static object Alias(string adapter, int version) => new { name = "latest", adapter, version, updated_at = 1 };

    private static Dictionary<string, string> KeySettings(string hash, string role) => new()
    {
        ["Gateway:RequireKeys"] = "true",
        ["Gateway:Keys:0:Name"] = "someone",
        ["Gateway:Keys:0:Role"] = role,
        ["Gateway:Keys:0:Hash"] = hash,
    };
}
