using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
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
