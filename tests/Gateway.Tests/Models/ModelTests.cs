using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;

namespace Ratchet.Gateway.Tests.Models;

public sealed class ModelTests
{
    private const string Adapter = "ft:tiny-base:ratchet:shop:ftjob-1";

    [Fact]
    public async Task The_list_holds_every_name_that_a_request_may_use()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "GET /v1/models", _ => FakeUpstream.Json(new
        {
            @object = "list",
            data = new[] { FakeUpstream.Card("tiny-base", null), FakeUpstream.Card(Adapter, "tiny-base") },
        }));
        HttpClient client = gateway.CreateClient();
        gateway.Aliases.Apply(new Contracts.Trainer.AliasRecord { Name = "latest", Adapter = Adapter, Version = 1, UpdatedAt = 1 });

        JsonObject list = await (await client.GetAsync("/v1/models")).JsonAsync();
        JsonObject one = await (await client.GetAsync("/v1/models/" + Adapter)).JsonAsync();

        Assert.Equal(["auto", "base", "latest", "tiny-base", Adapter], list["data"]!.AsArray().Select(card => (string?)card!["id"]));
        Assert.Equal((Adapter, "tiny-base"), ((string?)one["id"], (string?)one["parent"]));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/v1/models/none")).StatusCode);
    }

    [Fact]
    public async Task The_list_is_answered_while_every_service_is_away()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.Away["inference"] = gateway.Upstream.Away["trainer"] = true;

        JsonObject list = await (await gateway.CreateClient().GetAsync("/v1/models")).JsonAsync();

        Assert.Contains("auto", list["data"]!.AsArray().Select(card => (string?)card!["id"]));
    }

    // F40: whatever a model is called here, the inference service is asked by its exact id.
    [Theory]
    [InlineData("latest", Adapter)]
    [InlineData("auto", Adapter)]
    [InlineData("base", "tiny-base")]
    [InlineData("tiny-base", "tiny-base")]
    [InlineData("encoder", "encoder")]
    [InlineData(Adapter, Adapter)]
    public async Task A_model_is_shown_by_each_of_its_names(string name, string exact)
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "GET /v1/models", _ => FakeUpstream.Json(new
        {
            @object = "list",
            data = new[] { FakeUpstream.Card("tiny-base", null), FakeUpstream.Card("encoder", null), FakeUpstream.Card(Adapter, "tiny-base") },
        }));
        gateway.Upstream.On("inference", "POST /api/show", _ => FakeUpstream.Json(new { modelfile = "FROM /models/tiny.gguf\n" }));
        HttpClient client = gateway.CreateClient();
        gateway.Aliases.Apply(new Contracts.Trainer.AliasRecord { Name = "latest", Adapter = Adapter, Version = 1, UpdatedAt = 1 });

        HttpResponseMessage answer = await client.PostAsJsonAsync("/api/show", new { model = name });

        Assert.Equal("FROM /models/tiny.gguf\n", (string?)(await answer.JsonAsync())["modelfile"]);
        Assert.Equal(exact, (string?)gateway.Upstream.Last("inference", "/api/show").Json["model"]);
    }

    [Fact]
    public async Task A_model_that_cannot_be_shown_is_refused_with_the_reason()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("inference", "POST /api/show", _ => FakeUpstream.Json(new { error = new { code = "model_not_found" } }, HttpStatusCode.NotFound));
        HttpClient client = gateway.CreateClient();

        HttpResponseMessage unknown = await client.PostAsJsonAsync("/api/show", new { name = "none" });
        HttpResponseMessage gone = await client.PostAsJsonAsync("/api/show", new { name = Adapter });
        gateway.Upstream.Away["inference"] = true;
        HttpResponseMessage away = await client.PostAsJsonAsync("/api/show", new { model = "base" });

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("model_not_found", (string?)(await unknown.JsonAsync())["error"]!["code"]);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
    }

    [Fact]
    public async Task The_official_client_chats_and_streams()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));
        HttpClient http = gateway.CreateClient();
        var client = new ChatClient("auto", new ApiKeyCredential("unused"), new OpenAIClientOptions
        {
            Endpoint = new Uri(http.BaseAddress!, "/v1"),
            Transport = new HttpClientPipelineTransport(http),
        });

        ChatCompletion answer = await client.CompleteChatAsync("When?");
        string streamed = "";
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("When?"))
        {
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        Assert.Equal(("An answer.", "An answer."), (answer.Content[0].Text, streamed));
#pragma warning disable OPENAI001 // That the official client reads our citations is what is tested.
        Assert.Equal(new Uri("http://localhost/knowledge/d1#c1"), Assert.Single(answer.Annotations).WebResourceUri);
#pragma warning restore OPENAI001
    }
}
