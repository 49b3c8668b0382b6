using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Records;

namespace Ratchet.Gateway.Tests.Chat;

/// <summary>Answers given again, and when they must not be (F123, F148, F157).</summary>
public sealed class CacheTests
{
    private const string Route = "/v1/chat/completions";

    [Fact]
    public async Task The_same_question_is_answered_from_the_cache_as_a_chat_of_its_own()
    {
        using GatewayUnderTest gateway = Answering("We open at nine.");

        JsonObject first = await AskAsync(gateway, "miss");
        JsonObject second = await AskAsync(gateway, "hit");

        Assert.Equal(1, Inferences(gateway));
        Assert.Equal("We open at nine.", (string?)second["choices"]![0]!["message"]!["content"]);
        Assert.Equal(first["usage"]!.ToJsonString(), second["usage"]!.ToJsonString());
        Assert.Equal("chunk-1", (string?)second["x_ratchet"]!["chunks"]![0]!["id"]);
        Assert.Equal((null, true), ((bool?)first["x_ratchet"]!["cached"], (bool?)second["x_ratchet"]!["cached"]));
        Assert.Equal("Hours", (string?)second["choices"]![0]!["message"]!["annotations"]![0]!["url_citation"]!["title"]);
        string id = (string)second["id"]!;
        Assert.NotEqual((string?)first["id"], id);
        Assert.Equal("We open at nine.", gateway.Services.GetRequiredService<ChatStore>().Find(id)!.Answer);
    }

    [Fact]
    public async Task A_stream_comes_again_as_a_stream()
    {
        using GatewayUnderTest gateway = Answering("We open at nine.");

        List<string> first = await (await PostAsync(gateway, Wire.Question("When?", stream: true))).EventsAsync();
        HttpResponseMessage response = await PostAsync(gateway, Wire.Question("When?", stream: true));
        List<string> second = await response.EventsAsync();

        Assert.Equal("hit", response.Headers.GetValues("X-Ratchet-Cache").Single());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(1, Inferences(gateway));
        Assert.Equal((first.Count, "[DONE]", "We open at nine."), (second.Count, second[^1], second.Content()));
        Assert.Equal(true, (bool?)JsonNode.Parse(second[^2])!["x_ratchet"]!["cached"]);
    }

    [Fact]
    public async Task Another_generation_is_asked_anew_and_the_first_is_known_after_a_rollback()
    {
        using GatewayUnderTest gateway = Answering("An answer.");
        Move(gateway, "ft:tiny-base:ratchet:shop:1", 1);
        await AskAsync(gateway, "miss");

        Move(gateway, "ft:tiny-base:ratchet:shop:2", 2);
        JsonObject second = await AskAsync(gateway, "miss");
        Move(gateway, "ft:tiny-base:ratchet:shop:1", 3);
        JsonObject third = await AskAsync(gateway, "hit");

        Assert.Equal("ft:tiny-base:ratchet:shop:2", (string?)second["model"]);
        Assert.Equal("ft:tiny-base:ratchet:shop:1", (string?)third["model"]);
    }

    [Fact]
    public async Task A_changed_corpus_is_asked_anew_even_where_the_same_passages_are_found()
    {
        using GatewayUnderTest gateway = Answering("An answer.");
        await AskAsync(gateway, "miss");

        gateway.Upstream.On("rag", "POST /v1/search", _ => Found(generation: 2));

        await AskAsync(gateway, "miss");
        await AskAsync(gateway, "hit");
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"max_tokens":5}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When ?"}]}""")]
    [InlineData("""{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"When?"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"stop":"."}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"retrieval":false}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"something_new":1}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"stream":true}""")]
    public async Task Whatever_may_change_the_answer_makes_another_question(string body)
    {
        using GatewayUnderTest gateway = Answering("An answer.");
        await AskAsync(gateway, "miss");

        Assert.Equal("miss", (await PostAsync(gateway, body)).Headers.GetValues("X-Ratchet-Cache").Single());
        Assert.Equal(2, Inferences(gateway));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"temperature":0.7}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"temperature":0,"n":2}""")]
    [InlineData("""{"messages":[{"role":"user","content":"When?"}],"top_p":0.9}""")]
    public async Task What_may_be_answered_differently_is_never_kept(string body)
    {
        using GatewayUnderTest gateway = Answering("An answer.");

        Assert.False((await PostAsync(gateway, body)).Headers.Contains("X-Ratchet-Cache"));
        Assert.False((await PostAsync(gateway, body)).Headers.Contains("X-Ratchet-Cache"));
        Assert.Equal(2, Inferences(gateway));
    }

    [Fact]
    public async Task A_deleted_document_takes_its_answers_along()
    {
        using GatewayUnderTest gateway = Answering("We open at nine.");
        await AskAsync(gateway, "miss");

        await gateway.Upstream.PublishAsync("rag", "document.deleted", new { id = "doc-1" });
        var store = gateway.Services.GetRequiredService<ChatStore>();
        await GatewayUnderTest.UntilAsync(() => store.Find("chatcmpl-1") is { PurgedAt: not null });

        // The double still finds the document; an answer from it is not kept either.
        for (int attempt = 0; await AskAsync(gateway) != "miss"; attempt++)
        {
            Assert.True(attempt < 500, "The answer is still there.");
            await Task.Delay(10);
        }

        Assert.Equal("miss", await AskAsync(gateway));
    }

    [Fact]
    public async Task Half_an_answer_is_not_kept()
    {
        using GatewayUnderTest gateway = Answering("");
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => FakeUpstream.Events(
            """{"id":"c","choices":[{"index":0,"delta":{"content":"half"}}]}"""));

        await (await PostAsync(gateway, Wire.Question("When?", stream: true))).EventsAsync();
        HttpResponseMessage again = await PostAsync(gateway, Wire.Question("When?", stream: true));

        Assert.Equal("miss", again.Headers.GetValues("X-Ratchet-Cache").Single());
    }

    private static GatewayUnderTest Answering(string text)
    {
        var gateway = new GatewayUnderTest();
        gateway.Upstream.On("rag", "POST /v1/search", _ => Found(generation: 1));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, text));
        return gateway;
    }

    private static HttpResponseMessage Found(int generation) => FakeUpstream.Json(new
    {
        @object = "list",
        data = new[]
        {
            new
            {
                chunk = new { id = "chunk-1", index = 0, text = "We open at nine.", start = 0, end = 16, token_count = 9, document_id = "doc-1" },
                document = new { id = "doc-1", key = "hours", title = "Hours", collection = "default", version = 1 },
                score = 0.5,
                dense_rank = 1,
            },
        },
        answerable = true,
        generation,
        milliseconds = 1.5,
    });

    private static void Move(GatewayUnderTest gateway, string adapter, long version) =>
        gateway.Aliases.Apply(new AliasRecord { Name = "latest", Adapter = adapter, Version = version, UpdatedAt = 1 });

    private static int Inferences(GatewayUnderTest gateway) =>
        gateway.Upstream.Seen.Count(request => request.Path == "/v1/chat/completions");

    private static Task<HttpResponseMessage> PostAsync(GatewayUnderTest gateway, object body) =>
        gateway.CreateClient().PostAsync(Route, Wire.Body(body));

    private static async Task<JsonObject> AskAsync(GatewayUnderTest gateway, string expected)
    {
        HttpResponseMessage response = await PostAsync(gateway, Wire.Question("When?"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, response.Headers.GetValues("X-Ratchet-Cache").Single());
        return await response.JsonAsync();
    }

    private static async Task<string> AskAsync(GatewayUnderTest gateway) =>
        (await PostAsync(gateway, Wire.Question("When?"))).Headers.GetValues("X-Ratchet-Cache").Single();
}
