using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;

namespace Ratchet.Gateway.Tests.Tools;

public sealed class ToolPassThroughTests
{
    private static readonly ChatTool Clock = ChatTool.CreateFunctionTool(
        "clock", "Tells the time.", BinaryData.FromString("""{"type":"object","properties":{"zone":{"type":"string"}}}"""));

    [Fact]
    public async Task The_official_package_calls_functions_through_the_gateway()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => HasResult(request)
            ? FakeUpstream.Completion(request, "It is noon.")
            : ToolAnswers.Call(request, "clock", new { zone = "CET" }));
        ChatClient client = Client(gateway);
        var options = new ChatCompletionOptions { Tools = { Clock } };
        List<ChatMessage> messages = [new UserChatMessage("What time is it?")];

        ChatCompletion first = await client.CompleteChatAsync(messages, options);
        ChatToolCall call = Assert.Single(first.ToolCalls);
        messages.Add(new AssistantChatMessage(first));
        messages.Add(new ToolChatMessage(call.Id, "noon"));
        ChatCompletion second = await client.CompleteChatAsync(messages, options);

        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        Assert.Equal(("clock", """{"zone":"CET"}"""), (call.FunctionName, call.FunctionArguments.ToString()));
        Assert.Equal("It is noon.", second.Content[0].Text);
        JsonArray sent = gateway.Upstream.Last("inference", "/v1/chat/completions").Json["messages"]!.AsArray();
        Assert.Equal("call_1", (string?)sent[^1]!["tool_call_id"]);
        Assert.Equal("clock", (string?)sent[^2]!["tool_calls"]![0]!["function"]!["name"]);
    }

    [Fact]
    public async Task The_official_package_streams_a_call_through_the_gateway()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => ToolAnswers.Call(request, "clock", new { zone = "CET" }));
        string arguments = "";
        ChatFinishReason? finish = null;

        await foreach (StreamingChatCompletionUpdate update in Client(gateway).CompleteChatStreamingAsync(
            [new UserChatMessage("What time is it?")], new ChatCompletionOptions { Tools = { Clock } }))
        {
            arguments += string.Concat(update.ToolCallUpdates.Select(call => call.FunctionArgumentsUpdate?.ToString()));
            finish = update.FinishReason ?? finish;
        }

        Assert.Equal(("""{"zone":"CET"}""", ChatFinishReason.ToolCalls), (arguments, finish));
    }

    [Fact]
    public async Task A_model_that_cannot_call_is_refused_in_its_own_words()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ => ToolAnswers.Refusal());

        ClientResultException refusal = await Assert.ThrowsAsync<ClientResultException>(() => Client(gateway).CompleteChatAsync(
            [new UserChatMessage("What time is it?")], new ChatCompletionOptions { Tools = { Clock } }));

        Assert.Equal(400, refusal.Status);
        Assert.Contains("cannot call tools", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tools":"mine"}""", "x_ratchet.tools")]
    [InlineData("7", "x_ratchet")]
    public async Task A_wish_that_cannot_be_met_is_named(string wish, string param)
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();

        using HttpResponseMessage response = await client.PostAsync("/v1/chat/completions", Wire.Body(new
        {
            messages = new[] { new { role = "user", content = "Hello?" } },
            x_ratchet = JsonElement.Parse(wish),
        }));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (string?)(await response.JsonAsync())["error"]!["param"]);
    }

    private static bool HasResult(SeenRequest request) => (string?)request.Json["messages"]!.AsArray()[^1]!["role"] == "tool";

    private static ChatClient Client(GatewayUnderTest gateway) => new(
        "auto",
        new ApiKeyCredential("none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri("http://localhost/v1"),
            Transport = new HttpClientPipelineTransport(new HttpClient(gateway.Server.CreateHandler())),
        });
}
