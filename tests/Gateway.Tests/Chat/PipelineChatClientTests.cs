using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Ratchet.Gateway.Tests.Chat;

public sealed class PipelineChatClientTests
{
    [Fact]
    public async Task The_facade_goes_through_the_same_chain()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));
        IChatClient client = gateway.Services.GetRequiredService<IChatClient>();

        ChatResponse answer = await client.GetResponseAsync("When?", new ChatOptions { Temperature = 0.5f, MaxOutputTokens = 9, Instructions = "Be brief." });

        Assert.Equal(("An answer.", FakeUpstream.BaseModel), (answer.Text, answer.ModelId));
        Assert.Equal(5, answer.Usage!.TotalTokenCount);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal("c1", (string?)((JsonNode)answer.AdditionalProperties!["x_ratchet"]!)["chunks"]![0]!["id"]);
        JsonObject sent = gateway.Upstream.Last("inference", "/v1/chat/completions").Json;
        Assert.Equal(9, (int)sent["max_completion_tokens"]!);
        Assert.Equal("Be brief.", (string?)sent["messages"]![0]!["content"]);
    }

    [Fact]
    public async Task The_facade_streams_and_retrieval_can_be_switched_off()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        IChatClient client = gateway.Services.GetRequiredService<IChatClient>();
        var options = new ChatOptions { AdditionalProperties = new() { ["retrieval"] = false } };

        ChatResponse answer = await client.GetStreamingResponseAsync("When?", options).ToChatResponseAsync();

        Assert.Equal("An answer.", answer.Text);
        Assert.DoesNotContain(gateway.Upstream.Seen, request => request.Path == "/v1/search");
    }
}
