using System.Net;
using System.Text.Json.Nodes;
using Ratchet.Contracts;

namespace Ratchet.Gateway.Tests.Chat;

public sealed class ChatPipelineTests
{
    private const string Route = "/v1/chat/completions";
    private const string Adapter = "ft:tiny-base:ratchet:shop:ftjob-1";

    // F11: retrieval runs on every chat unless it is switched off. F112: citations.
    [Fact]
    public async Task A_plain_question_is_answered_by_the_base_with_passages_and_citations()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(
            true, ("chunk-1", "doc-1", "Opening hours", "The shop opens at nine and closes at six.")));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "The shop opens at nine."));

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("When do you open?")));
        JsonObject answer = await response.JsonAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(FakeUpstream.BaseModel, (string?)answer["model"]);
        JsonNode message = answer["choices"]![0]!["message"]!;
        JsonNode citation = Assert.Single(message["annotations"]!.AsArray())!;
        Assert.Equal("url_citation", (string?)citation["type"]);
        Assert.Equal("Opening hours", (string?)citation["url_citation"]!["title"]);
        Assert.Equal("http://localhost/knowledge/doc-1#chunk-1", (string?)citation["url_citation"]!["url"]);
        Assert.Equal((0, 23), ((int)citation["url_citation"]!["start_index"]!, (int)citation["url_citation"]!["end_index"]!));
        JsonNode trace = answer["x_ratchet"]!;
        Assert.Null(trace["adapter"]);
        Assert.True((bool)trace["answerable"]!);
        Assert.Equal(("chunk-1", "doc-1"), ((string?)trace["chunks"]![0]!["id"], (string?)trace["chunks"]![0]!["document"]));
        Assert.Equal(7, (int)message["tool_mark"]!);
        Assert.Equal("fp", (string?)answer["system_fingerprint"]);

        JsonArray sent = gateway.Upstream.Last("inference", Route).Json["messages"]!.AsArray();
        IReadOnlyList<PromptMessage> expected = GroundedPrompt.Build(
            "When do you open?", [], [new PromptChunk("Opening hours", "The shop opens at nine and closes at six.")]);
        Assert.Equal(expected.Select(part => (part.Role, part.Content)), sent.Select(part => ((string)part!["role"]!, (string)part["content"]!)));
    }

    [Theory]
    [InlineData("", "0")]
    [InlineData(",\"temperature\":0.7", "0.7")]
    [InlineData(",\"top_p\":0.9", null)]
    [InlineData(",\"n\":3", null)]
    public async Task A_request_that_says_nothing_of_sampling_gets_the_likeliest_words(string said, string? temperature)
    {
        using var gateway = new GatewayUnderTest();
        string body = "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]" + said + "}";

        await gateway.CreateClient().PostAsync(Route, Wire.Body(body));

        Assert.Equal(temperature, gateway.Upstream.Last("inference", Route).Json["temperature"]?.ToJsonString());
    }

    [Fact]
    public async Task Nothing_of_a_request_is_lost_on_the_way()
    {
        using var gateway = new GatewayUnderTest();
        await gateway.CreateClient().PostAsync(Route, Wire.Body("""
            {"model":"base","n":2,"logprobs":true,"top_logprobs":3,"seed":7,"stop":["x"],"temperature":0.7,"reasoning_effort":"low",
             "messages":[{"role":"system","content":"Be brief.","cache_control":{"a":1}},{"role":"assistant","content":null,
             "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c1","content":"ok"},{"role":"user","content":"Why?","name":"ann","mood":"good"}]}
            """));

        JsonObject sent = gateway.Upstream.Last("inference", Route).Json;
        Assert.Equal(2, (int)sent["n"]!);
        Assert.Equal((true, 3, 7L), ((bool)sent["logprobs"]!, (int)sent["top_logprobs"]!, (long)sent["seed"]!));
        Assert.Equal("[\"x\"]", sent["stop"]!.ToJsonString());
        Assert.Equal("0.7", sent["temperature"]!.ToJsonString());
        Assert.Equal("low", (string?)sent["reasoning_effort"]);
        JsonArray messages = sent["messages"]!.AsArray();
        Assert.Equal(["system", "assistant", "tool", "user"], messages.Select(message => (string?)message!["role"]));
        Assert.Equal("{\"a\":1}", messages[0]!["cache_control"]!.ToJsonString());
        Assert.Equal("f", (string?)messages[1]!["tool_calls"]![0]!["function"]!["name"]);
        Assert.Equal("c1", (string?)messages[2]!["tool_call_id"]);
        Assert.Equal(("ann", "good", "Why?"), ((string?)messages[3]!["name"], (string?)messages[3]!["mood"], (string?)messages[3]!["content"]));
        Assert.Null(sent["retrieval"]);
    }

    [Fact]
    public async Task Auto_means_what_the_alias_latest_holds()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();
        gateway.Aliases.Apply(Aliased(Adapter, 1));

        JsonObject answer = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Hello", "auto")))).JsonAsync();
        JsonObject plain = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Hello", "base")))).JsonAsync();
        JsonObject exact = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Hello", "ft:x:ratchet:y:z")))).JsonAsync();

        Assert.Equal((Adapter, Adapter), ((string?)answer["model"], (string?)answer["x_ratchet"]!["adapter"]));
        Assert.Equal(FakeUpstream.BaseModel, (string?)plain["model"]);
        Assert.Equal("ft:x:ratchet:y:z", (string?)exact["model"]);
    }

    [Fact]
    public async Task After_a_rollback_past_the_first_generation_the_alias_means_the_base()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();
        gateway.Aliases.Apply(Aliased(FakeUpstream.BaseModel, 2));

        JsonObject answer = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Hello", "latest")))).JsonAsync();

        Assert.Equal(FakeUpstream.BaseModel, (string?)answer["model"]);
        Assert.Null(answer["x_ratchet"]!["adapter"]);
    }

    [Fact]
    public async Task Retrieval_can_be_switched_off_and_steered()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();

        JsonObject off = await (await client.PostAsync(Route, Wire.Body(
            """{"retrieval":false,"messages":[{"role":"user","content":"Hi"}]}"""))).JsonAsync();
        Assert.DoesNotContain(gateway.Upstream.Seen, request => request.Path == "/v1/search");
        Assert.Null(off["x_ratchet"]!["answerable"]);

        await client.PostAsync(Route, Wire.Body(
            """{"retrieval":{"collection":"fees","top_k":5,"filter":{"year":2026}},"messages":[{"role":"user","content":"Hi"}]}"""));
        JsonObject search = gateway.Upstream.Last("rag", "/v1/search").Json;
        Assert.Equal(("Hi", "fees", 5), ((string?)search["query"], (string?)search["collection"], (int)search["top_k"]!));
        Assert.Equal("{\"year\":2026}", search["filter"]!.ToJsonString());
    }

    [Fact]
    public async Task A_stream_passes_through_as_it_comes_and_ends_with_sources()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("chunk-1", "doc-1", "Hours", "We open at nine.")));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "We open at nine."));

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("When?", stream: true)));
        List<string> events = await response.EventsAsync();

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("[DONE]", events[^1]);
        Assert.Equal("We open at nine.", events.Content());
        JsonNode last = JsonNode.Parse(events[^2])!;
        Assert.Equal("stop", (string?)last["choices"]![0]!["finish_reason"]);
        Assert.Equal("Hours", (string?)last["choices"]![0]!["delta"]!["annotations"]![0]!["url_citation"]!["title"]);
        Assert.Equal("chunk-1", (string?)last["x_ratchet"]!["chunks"]![0]!["id"]);
        Assert.All(events.SkipLast(1), item => Assert.Equal(FakeUpstream.BaseModel, (string?)JsonNode.Parse(item)!["model"]));
    }

    [Fact]
    public async Task Passages_that_do_not_fit_are_left_out_from_the_last()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(
            true, ("c1", "d1", "One", "First."), ("c2", "d2", "Two", "Second.")));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => request.Body.Contains("Second.", StringComparison.Ordinal)
            ? FakeUpstream.Error(HttpStatusCode.BadRequest, "context_length_exceeded", "Too long.")
            : FakeUpstream.Completion(request, "Fine."));

        JsonObject answer = await (await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();

        Assert.Equal(["c1"], answer["x_ratchet"]!["chunks"]!.AsArray().Select(chunk => (string?)chunk!["id"]));
    }

    [Fact]
    public async Task What_the_model_service_refuses_is_said_in_its_own_words()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ =>
        {
            HttpResponseMessage busy = FakeUpstream.Error(HttpStatusCode.TooManyRequests, "queue_full", "The queue is full.");
            busy.Headers.RetryAfter = new(TimeSpan.FromSeconds(3));
            return busy;
        });

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?", stream: true)));

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("3", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("queue_full", (string?)(await response.JsonAsync())["error"]!["code"]);
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{}""", "messages")]
    [InlineData("""{"messages":[null]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"wizard","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":"  "}]}""", "messages[0].content")]
    [InlineData("""{"retrieval":5,"messages":[{"role":"user","content":"x"}]}""", "retrieval")]
    [InlineData("""{"retrieval":{"top_k":"many"},"messages":[{"role":"user","content":"x"}]}""", "retrieval.top_k")]
    [InlineData("""{"temperature":"hot","messages":[{"role":"user","content":"x"}]}""", "temperature")]
    public async Task A_bad_field_is_named(string body, string param)
    {
        using var gateway = new GatewayUnderTest();
        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(body));

        JsonNode error = (await response.JsonAsync())["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (string?)error["param"]);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
    }

    [Fact]
    public async Task Broken_json_and_an_unknown_model_get_OpenAIs_error_body()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();

        HttpResponseMessage broken = await client.PostAsync(Route, Wire.Body("""{"messages":[{"""));
        HttpResponseMessage unknown = await client.PostAsync(Route, Wire.Body(Wire.Question("x", "gpt-9")));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_json"), (broken.StatusCode, (string?)(await broken.JsonAsync())["error"]!["code"]));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        JsonNode error = (await unknown.JsonAsync())["error"]!;
        Assert.Equal(("model_not_found", "model"), ((string?)error["code"], (string?)error["param"]));
    }

    [Theory]
    [InlineData("rag", "rag_away")]
    [InlineData("inference", "inference_away")]
    public async Task A_service_that_is_away_is_named_with_what_to_do(string service, string code)
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.Away[service] = true;

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal(code, (string?)(await response.JsonAsync())["error"]!["code"]);
    }

    private static Contracts.Trainer.AliasRecord Aliased(string adapter, long version) =>
        new() { Name = "latest", Adapter = adapter, Version = version, UpdatedAt = 1 };
}
