using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Gateway.Records;

namespace Ratchet.Gateway.Tests.Feedback;

public sealed class FeedbackTests
{
    // F155: one click turns an answer into an example.
    [Fact]
    public async Task A_thumb_goes_to_rag_with_question_answer_chunks_and_adapter()
    {
        using GatewayUnderTest gateway = WithAnswer();
        HttpClient client = gateway.CreateClient();
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));

        HttpResponseMessage response = await client.PostAsync("/v1/feedback", Wire.Body(new { chat_id = "chatcmpl-1", rating = "up" }));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("fb-1", (string?)(await response.JsonAsync())["id"]);
        SeenRequest seen = gateway.Upstream.Last("rag", "/v1/feedback");
        JsonObject sent = seen.Json;
        Assert.Equal(("thumb_up", "When?", "An answer."), ((string?)sent["kind"], (string?)sent["question"], (string?)sent["answer"]));
        Assert.Equal("[\"c1\"]", sent["chunks"]!.ToJsonString());
        Assert.Equal("chatcmpl-1", (string?)sent["completion_id"]);
        Assert.NotEmpty(seen.Headers["Idempotency-Key"]);
    }

    [Theory]
    [InlineData("""{"completion_id":"chatcmpl-1","correction":"At ten."}""", "correction")]
    [InlineData("""{"chat_id":"chatcmpl-1","rating":-1}""", "thumb_down")]
    [InlineData("""{"chat_id":"chatcmpl-1","rating":true}""", "thumb_up")]
    [InlineData("""{"chat_id":"chatcmpl-1","kind":"regenerate"}""", "regenerate")]
    [InlineData("""{"question":"Q?","answer":"A.","rating":"down"}""", "thumb_down")]
    [InlineData("""{"question":"Q?","answer":"A.","rejected":"B."}""", "preferred")]
    public async Task Each_way_to_say_it_is_understood(string body, string kind)
    {
        using GatewayUnderTest gateway = WithAnswer();
        HttpClient client = gateway.CreateClient();
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/feedback", Wire.Body(body))).StatusCode);
        Assert.Equal(kind, (string?)gateway.Upstream.Last("rag", "/v1/feedback").Json["kind"]);
    }

    // F122, F155: one of two answers to a question is kept, and both are told.
    [Fact]
    public async Task A_choice_between_two_answers_goes_to_rag_with_both_and_what_either_was_given()
    {
        using GatewayUnderTest gateway = WithAnswer();
        HttpClient client = gateway.CreateClient();
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine."), ("c2", "d2", "More", "Not on Sunday.")));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "At nine.", "chatcmpl-2"));
        await client.PostAsync("/v1/chat/completions", Wire.Body(new { temperature = 0.5, messages = new[] { new { role = "user", content = "When?" } } }));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "Yes.", "chatcmpl-3"));
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("Really?")));

        HttpResponseMessage response = await client.PostAsync("/v1/feedback", Wire.Body(new { chat_id = "chatcmpl-2", over = "chatcmpl-1" }));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonObject sent = gateway.Upstream.Last("rag", "/v1/feedback").Json;
        Assert.Equal(
            ("preferred", "When?", "At nine.", "An answer."),
            ((string?)sent["kind"], (string?)sent["question"], (string?)sent["answer"], (string?)sent["rejected"]));
        Assert.Equal("""["c1","c2"]""", sent["chunks"]!.ToJsonString());

        foreach ((string over, int status, string code) in new[] { ("chatcmpl-3", 400, "invalid_value"), ("chatcmpl-none", 404, "chat_not_found") })
        {
            HttpResponseMessage refused = await client.PostAsync("/v1/feedback", Wire.Body(new { chat_id = "chatcmpl-2", over }));
            Assert.Equal((status, code, "over"), ((int)refused.StatusCode, (string?)(await refused.JsonAsync())["error"]!["code"], (string?)(await refused.JsonAsync())["error"]!["param"]));
        }
    }

    [Theory]
    [InlineData("""{"chat_id":"chatcmpl-none","rating":"up"}""", 404, "chat_not_found")]
    [InlineData("""{"rating":"up"}""", 400, "invalid_value")]
    [InlineData("""{"chat_id":"chatcmpl-1"}""", 400, "invalid_value")]
    [InlineData("""{"chat_id":"chatcmpl-1","rating":"meh"}""", 400, "invalid_value")]
    public async Task What_cannot_be_used_is_refused(string body, int status, string code)
    {
        using GatewayUnderTest gateway = WithAnswer();
        HttpClient client = gateway.CreateClient();
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));

        HttpResponseMessage response = await client.PostAsync("/v1/feedback", Wire.Body(body));

        Assert.Equal((status, code), ((int)response.StatusCode, (string?)(await response.JsonAsync())["error"]!["code"]));
    }

    // F157: what was deleted is nowhere answered from, the records of old answers included.
    [Fact]
    public async Task Deleting_a_document_purges_the_answers_that_cite_it_also_those_on_their_way()
    {
        using GatewayUnderTest gateway = WithAnswer();
        HttpClient client = gateway.CreateClient();
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));
        var store = gateway.Services.GetRequiredService<ChatStore>();
        Assert.Equal("An answer.", store.Find("chatcmpl-1")!.Answer);

        await gateway.Upstream.PublishAsync("rag", "document.deleted", new { id = "d1" });
        await GatewayUnderTest.UntilAsync(() => store.Find("chatcmpl-1")!.PurgedAt is not null);

        ChatRecord purged = store.Find("chatcmpl-1")!;
        Assert.Equal(("", "", 0), (purged.Question, purged.Answer, purged.Chunks.Count));
        Assert.Equal(["chatcmpl-1"], store.Purged(["chatcmpl-1", "chatcmpl-2"]));
        HttpResponseMessage feedback = await client.PostAsync("/v1/feedback", Wire.Body(new { chat_id = "chatcmpl-1", rating = "up" }));
        Assert.Equal(HttpStatusCode.Gone, feedback.StatusCode);

        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "Late.", "chatcmpl-2"));
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));
        Assert.NotNull(store.Find("chatcmpl-2")!.PurgedAt);
        Assert.DoesNotContain("Late.", await File.ReadAllTextAsync(Path.Combine(gateway.Folder, "gateway", "gateway.db")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feedback_is_acknowledged_only_when_rag_has_it()
    {
        using GatewayUnderTest gateway = WithAnswer();
        HttpClient client = gateway.CreateClient();
        await client.PostAsync("/v1/chat/completions", Wire.Body(Wire.Question("When?")));
        gateway.Upstream.Away["rag"] = true;

        HttpResponseMessage response = await client.PostAsync("/v1/feedback", Wire.Body(new { chat_id = "chatcmpl-1", rating = "up" }));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    private static GatewayUnderTest WithAnswer()
    {
        var gateway = new GatewayUnderTest();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));
        gateway.Upstream.On("rag", "POST /v1/feedback", request => FakeUpstream.Json(new
        {
            id = "fb-1",
            kind = (string?)request.Json["kind"],
            question = (string?)request.Json["question"],
            collection = "default",
            chunks = Array.Empty<string>(),
            created_at = 1,
        }));
        return gateway;
    }
}
