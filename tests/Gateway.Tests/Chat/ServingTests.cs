using System.Net;
using System.Text.Json.Nodes;
using Ratchet.Contracts.Trainer;
using Ratchet.TestKit.Servers;

namespace Ratchet.Gateway.Tests.Chat;

/// <summary>The gateway in front of servers that are not ours: vLLM by its protocol, several of them, and who answers instead.</summary>
/// <remarks>Each request asks something else: an answer that was given before comes from the cache and reaches no server.</remarks>
public sealed class ServingTests : IDisposable
{
    private const string Route = "/v1/chat/completions";
    private const string Base = "tiny-base";
    private const string Adapter = "ft:tiny-base:ratchet:shop:ftjob-1";

    private readonly FakeVllm _first = new(Base) { Answer = "The first answers." };
    private readonly FakeVllm _second = new(Base) { Answer = "The second answers." };

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Requests_go_only_to_a_server_that_has_the_adapter()
    {
        using GatewayUnderTest gateway = Create();
        _second.Loaded[Adapter] = "/adapters/1";
        HttpClient client = gateway.CreateClient();

        for (int i = 0; i < 4; i++)
        {
            JsonObject answer = await (await client.PostAsync(Route, Wire.Body(Wire.Question($"Q{i}?")))).JsonAsync();
            Assert.Equal((Adapter, "The second answers."), ((string?)answer["model"], (string?)answer["choices"]![0]!["message"]!["content"]));
        }

        Assert.DoesNotContain(_first.Seen, seen => seen.Route == $"POST {Route}");
    }

    [Fact]
    public async Task Servers_that_all_have_the_adapter_take_turns_and_the_living_take_over()
    {
        using GatewayUnderTest gateway = Create();
        _first.Loaded[Adapter] = _second.Loaded[Adapter] = "/adapters/1";
        HttpClient client = gateway.CreateClient();

        for (int i = 0; i < 4; i++)
        {
            await client.PostAsync(Route, Wire.Body(Wire.Question($"Q{i}?")));
        }

        int[] shares = [_first.Seen.Count(seen => seen.Route == $"POST {Route}"), _second.Seen.Count(seen => seen.Route == $"POST {Route}")];
        _first.IsAway = true;
        HttpResponseMessage[] after = await Task.WhenAll(Enumerable.Range(4, 4).Select(i => client.PostAsync(Route, Wire.Body(Wire.Question($"Q{i}?")))));

        Assert.Equal([2, 2], shares);
        Assert.All(after, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    [Fact]
    public async Task A_server_that_lost_its_adapters_sends_the_request_to_the_other()
    {
        using GatewayUnderTest gateway = Create();
        _first.Loaded[Adapter] = _second.Loaded[Adapter] = "/adapters/1";
        HttpClient client = gateway.CreateClient();
        await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")));
        _first.Loaded.Clear();

        for (int i = 0; i < 3; i++)
        {
            JsonObject answer = await (await client.PostAsync(Route, Wire.Body(Wire.Question($"Q{i}?")))).JsonAsync();
            Assert.Equal("The second answers.", (string?)answer["choices"]![0]!["message"]!["content"]);
        }
    }

    [Fact]
    public async Task An_answer_in_pieces_comes_through_with_its_exact_model()
    {
        using GatewayUnderTest gateway = Create();
        _first.Loaded[Adapter] = "/adapters/1";

        List<string> events = await (await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?", stream: true)))).EventsAsync();

        Assert.Equal("The first answers.", events.Content());
        Assert.Equal("[DONE]", events[^1]);
        Assert.All(events.Where(e => e.StartsWith('{')), e => Assert.Equal(Adapter, (string?)JsonNode.Parse(e)!["model"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Passages_that_do_not_fit_are_left_out_as_with_our_own_service(bool isOld)
    {
        using GatewayUnderTest gateway = Create();
        _first.Loaded[Adapter] = "/adapters/1";
        _first.IsOld = isOld;
        _first.ContextLength = 400;
        string passage = string.Join(' ', Enumerable.Repeat("word", 250));
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(
            true, ("c1", "d1", "One", passage), ("c2", "d2", "Two", passage)));

        JsonObject answer = await (await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();

        Assert.Single(answer["x_ratchet"]!["chunks"]!.AsArray());
    }

    [Fact]
    public async Task The_servers_key_is_sent_and_a_wrong_one_is_not_blamed_on_the_caller()
    {
        using GatewayUnderTest gateway = Create(("Serving:ApiKey", "sk-1"));
        _first.ApiKey = _second.ApiKey = "sk-1";
        _first.Loaded[Adapter] = "/adapters/1";
        HttpClient client = gateway.CreateClient();
        HttpResponseMessage right = await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")));
        _first.ApiKey = _second.ApiKey = "sk-2";

        HttpResponseMessage wrong = await client.PostAsync(Route, Wire.Body(Wire.Question("Another?")));

        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, wrong.StatusCode);
        Assert.Contains("Serving:ApiKey", (string?)(await wrong.JsonAsync())["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_routes_of_the_model_go_to_the_same_servers()
    {
        using GatewayUnderTest gateway = Create();

        JsonObject answer = await (await gateway.CreateClient().PostAsync(
            "/v1/completions", Wire.Body(new { model = Base, prompt = "Hello big world", prompt_logprobs = 1 }))).JsonAsync();

        Assert.Equal(3, answer["choices"]![0]!["prompt_logprobs"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_server_answers_while_all_of_ours_are_away_and_the_reply_says_so(bool stream)
    {
        using GatewayUnderTest gateway = Create(
            ("Gateway:Fallbacks:0:Url", "http://nowhere:1"),
            ("Gateway:Fallbacks:0:Model", "x"),
            ("Gateway:Fallbacks:1:Url", "http://other/v1"),
            ("Gateway:Fallbacks:1:Model", "big-model"),
            ("Gateway:Fallbacks:1:ApiKey", "sk-other"));
        var other = new FakeVllm("big-model") { ApiKey = "sk-other", Answer = "The other answers." };
        gateway.Upstream.Network.With("other", other);
        _first.IsAway = _second.IsAway = true;

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?", stream: stream)));

        JsonNode last = stream ? JsonNode.Parse((await response.EventsAsync())[^2])! : await response.JsonAsync();
        Assert.Equal("big-model", (string?)last["model"]);
        Assert.Null((string?)last["x_ratchet"]!["adapter"]);
        Assert.Equal(Adapter, (string?)last["x_ratchet"]!["fallback"]!["from"]);
        Assert.Equal("inference_away", (string?)last["x_ratchet"]!["fallback"]!["reason"]);
    }

    [Fact]
    public async Task Whoever_names_an_exact_model_gets_no_other()
    {
        using GatewayUnderTest gateway = Create(("Gateway:Fallbacks:0:Url", "http://other"), ("Gateway:Fallbacks:0:Model", "big-model"));
        var other = new FakeVllm("big-model");
        gateway.Upstream.Network.With("other", other);
        _first.IsAway = _second.IsAway = true;

        HttpResponseMessage response = await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?", Adapter)));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Empty(other.Seen);
    }

    [Fact]
    public async Task The_base_answers_where_that_is_wanted_and_no_server_has_the_adapter()
    {
        using GatewayUnderTest gateway = Create(("Gateway:FallbackToBase", "true"));

        JsonObject answer = await (await gateway.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();

        Assert.Equal(Base, (string?)answer["model"]);
        Assert.Equal(Adapter, (string?)answer["x_ratchet"]!["fallback"]!["from"]);
        Assert.Equal("adapter_not_loaded", (string?)answer["x_ratchet"]!["fallback"]!["reason"]);
    }

    private GatewayUnderTest Create(params (string Name, string Value)[] more)
    {
        var gateway = new GatewayUnderTest
        {
            Settings = new(more.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)))
            {
                ["Serving:Urls:0"] = "http://gpu-0:8000",
                ["Serving:Urls:1"] = "http://gpu-1:8000",
            },
        };
        gateway.Upstream.Network.With("gpu-0", _first).With("gpu-1", _second);
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(new
        {
            @object = "list",
            data = new[] { new { name = "latest", @object = "alias", adapter = Adapter, version = 1, updated_at = 3 } },
        }));
        gateway.CreateClient();
        gateway.Aliases.Apply(new AliasRecord { Name = "latest", Adapter = Adapter, Version = 1, UpdatedAt = 1 });
        return gateway;
    }
}
