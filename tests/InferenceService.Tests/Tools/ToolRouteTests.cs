using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Json;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

namespace Ratchet.InferenceService.Tests.Tools;

public sealed class ToolRouteTests(ServedModel bundled, ToolModel taught) : IClassFixture<ToolModel>
{
    private static readonly ChatTool Hours = ChatTool.CreateFunctionTool(
        "opening_hours", "Says when the shop is open.",
        BinaryData.FromString("""{"type":"object","properties":{"day":{"type":"string"}},"required":["day"]}"""));

    private static readonly ChatMessage[] Question = [new UserChatMessage("When are you open on Saturday?")];

    [Fact]
    public async Task The_bundled_model_says_that_it_cannot_call_tools()
    {
        (int status, JsonElement body) = await bundled.PostAsync("/v1/chat/completions", new
        {
            model = ServedModel.Base,
            messages = new[] { new { role = "user", content = "When are you open?" } },
            tools = new[] { new { type = "function", function = new { name = "opening_hours" } } },
        });

        Assert.Equal(400, status);
        JsonElement error = body.GetProperty("error");
        Assert.Equal("tools_not_supported", error.GetProperty("code").GetString());
        Assert.Contains("smollm2-135m-instruct", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_official_package_gets_the_call_that_it_demands_whole_and_streamed()
    {
        ChatClient client = Client();
        var options = new ChatCompletionOptions
        {
            Tools = { Hours },
            ToolChoice = ChatToolChoice.CreateFunctionChoice("opening_hours"),
            Temperature = 0,
            MaxOutputTokenCount = 60,
        };

        ChatCompletion whole = await client.CompleteChatAsync(Question, options);
        string name = "";
        string arguments = "";
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(Question, options))
        {
            finish = update.FinishReason ?? finish;
            foreach (StreamingChatToolCallUpdate call in update.ToolCallUpdates)
            {
                name += call.FunctionName;
                arguments += call.FunctionArgumentsUpdate?.ToString();
            }
        }

        ChatToolCall called = Assert.Single(whole.ToolCalls);
        Assert.Equal((ChatFinishReason.ToolCalls, ChatFinishReason.ToolCalls), (whole.FinishReason, finish));
        Assert.Equal(("opening_hours", "opening_hours"), (called.FunctionName, name));
        Assert.StartsWith("call_", called.Id, StringComparison.Ordinal);
        Assert.Equal(called.FunctionArguments.ToString(), arguments);
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(arguments).ValueKind);
    }

    [Fact]
    public async Task A_result_goes_back_to_the_model_and_is_answered_in_words()
    {
        ChatMessage[] messages =
        [
            .. Question,
            new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall("call_1", "opening_hours", BinaryData.FromString("{\"day\":\"Saturday\"}"))]),
            new ToolChatMessage("call_1", "Open from nine to five."),
        ];
        var options = new ChatCompletionOptions
        {
            Tools = { Hours },
            ToolChoice = ChatToolChoice.CreateNoneChoice(),
            Temperature = 0,
            MaxOutputTokenCount = 24,
        };

        ChatCompletion answer = await Client().CompleteChatAsync(messages, options);

        Assert.Empty(answer.ToolCalls);
        Assert.NotEmpty(answer.Content[0].Text);
    }

    [Fact]
    public async Task A_call_that_is_cut_off_is_no_call()
    {
        HttpResponseMessage response = await taught.Client.PostAsJsonAsync("/v1/chat/completions", new
        {
            model = ToolModel.Name,
            max_tokens = 1,
            messages = new[] { new { role = "user", content = "When?" } },
            tools = new[] { new { type = "function", function = new { name = "opening_hours" } } },
            tool_choice = "required",
        });

        Assert.Equal(500, (int)response.StatusCode);
        JsonElement error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal("tool_call_not_written", error.GetProperty("code").GetString());
        Assert.Contains("max_completion_tokens", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private ChatClient Client() => new(
        ToolModel.Name,
        new ApiKeyCredential("none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri("http://localhost/v1"),
            Transport = new HttpClientPipelineTransport(new HttpClient(taught.Handler)),
        });
}
