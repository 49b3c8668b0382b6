using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Gateway.Tests.Tools;

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

    [Fact]
    public async Task Functions_and_their_results_travel_in_the_words_of_the_wire()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => ToolAnswers.Call(request, "clock", new { zone = "CET" }));
        IChatClient client = gateway.Services.GetRequiredService<IChatClient>();
        AIFunction clock = AIFunctionFactory.Create((string zone) => "noon in " + zone, "clock", "Tells the time.");
        ChatMessage[] messages =
        [
            new(ChatRole.User, "And in Oslo?"),
            new(ChatRole.Assistant, [new FunctionCallContent("call_0", "clock", new Dictionary<string, object?> { ["zone"] = "UTC" })]),
            new(ChatRole.Tool, [new FunctionResultContent("call_0", "ten")]),
        ];
        var options = new ChatOptions { Tools = [clock], ToolMode = ChatToolMode.RequireSpecific("clock"), AllowMultipleToolCalls = false };

        ChatResponse whole = await client.GetResponseAsync(messages, options);
        ChatResponse streamed = await client.GetStreamingResponseAsync(messages, options).ToChatResponseAsync();

        foreach (ChatResponse answer in new[] { whole, streamed })
        {
            FunctionCallContent call = Assert.Single(answer.Messages[0].Contents.OfType<FunctionCallContent>());
            Assert.Equal(("call_1", "clock", "CET"), (call.CallId, call.Name, call.Arguments!["zone"]?.ToString()));
            Assert.Equal((ChatFinishReason.ToolCalls, 14), (answer.FinishReason, answer.Usage!.TotalTokenCount));
        }

        JsonObject sent = gateway.Upstream.Last("inference", "/v1/chat/completions").Json;
        Assert.Equal("clock", (string?)sent["tools"]![0]!["function"]!["name"]);
        Assert.Equal("clock", (string?)sent["tool_choice"]!["function"]!["name"]);
        Assert.False((bool)sent["parallel_tool_calls"]!);
        JsonArray wire = sent["messages"]!.AsArray();
        Assert.Equal("""{"zone":"UTC"}""", (string?)wire[1]!["tool_calls"]![0]!["function"]!["arguments"]);
        Assert.Equal(("tool", "call_0", "ten"), ((string?)wire[2]!["role"], (string?)wire[2]!["tool_call_id"], (string?)wire[2]!["content"]));
    }

    [Fact]
    public async Task Citations_come_as_annotations_of_the_text()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "An answer.")));
        IChatClient client = gateway.Services.GetRequiredService<IChatClient>();

        ChatResponse whole = await client.GetResponseAsync("When?");
        ChatResponse streamed = await client.GetStreamingResponseAsync("When?").ToChatResponseAsync();

        foreach (ChatResponse answer in new[] { whole, streamed })
        {
            CitationAnnotation citation = Assert.Single(answer.Messages[0].Contents
                .SelectMany(content => content.Annotations ?? []).OfType<CitationAnnotation>());
            Assert.Equal(("Hours", "/knowledge/d1#c1"), (citation.Title, citation.Url?.ToString()));
            TextSpanAnnotatedRegion region = Assert.IsType<TextSpanAnnotatedRegion>(Assert.Single(citation.AnnotatedRegions!));
            Assert.Equal((0, 10), (region.StartIndex, region.EndIndex));
        }
    }

    [Fact]
    public async Task What_has_no_place_on_the_wire_is_refused_by_name()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        IChatClient client = gateway.Services.GetRequiredService<IChatClient>();

        NotSupportedException refusal = await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])]));

        Assert.Contains("DataContent", refusal.Message, StringComparison.Ordinal);
    }
}
