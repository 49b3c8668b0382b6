using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Tools;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Tests.Tools;

public sealed class ToolPlanTests
{
    private const string Weather = """{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}""";
    private const string Clock = """{"type":"function","function":{"name":"clock"}}""";
    private const string NamedClock = """{"type":"function","function":{"name":"clock"}}""";

    [Fact]
    public void Auto_leaves_the_model_its_choice()
    {
        ToolPlan? plan = Read($$"""{"tools":[{{Weather}},{{Clock}}]}""");

        Assert.NotNull(plan);
        Assert.Equal(("", false, false), (plan.Opening, plan.IsForced, plan.TakesOne));
        Assert.True(plan.Offers("clock"));
        Assert.False(plan.Offers("other"));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"tools":[]}""")]
    [InlineData("""{"tools":null,"tool_choice":"auto"}""")]
    public void Without_functions_nothing_changes(string request) => Assert.Null(Read(request, ToolCallForm.None));

    [Fact]
    public void None_hides_the_functions_even_from_a_model_that_cannot_call() =>
        Assert.Null(Read($$"""{"tools":[{{Weather}}],"tool_choice":"none"}""", ToolCallForm.None));

    [Theory]
    [InlineData(ToolCallForm.Tagged, "\"required\"", "<tool_call>\n{\"name\": \"")]
    [InlineData(ToolCallForm.BareJson, "\"required\"", "{\"name\": \"")]
    [InlineData(ToolCallForm.Tagged, NamedClock, "<tool_call>\n{\"name\": \"clock\", \"arguments\": {")]
    [InlineData(ToolCallForm.BareJson, NamedClock, "{\"name\": \"clock\", \"parameters\": {")]
    public void A_demanded_call_is_begun_for_the_model(object form, string choice, string opening)
    {
        ToolPlan? plan = Read($$"""{"tools":[{{Weather}},{{Clock}}],"tool_choice":{{choice}}}""", (ToolCallForm)form);

        Assert.Equal((opening, true, true), (plan!.Opening, plan.IsForced, plan.TakesOne));
    }

    [Fact]
    public void One_call_at_most_can_be_asked_for() =>
        Assert.True(Read($$"""{"tools":[{{Weather}}],"parallel_tool_calls":false}""")!.TakesOne);

    [Theory]
    [InlineData(ToolCallForm.None, "no place for tools")]
    [InlineData(ToolCallForm.Other, "not read here")]
    public void A_model_that_cannot_call_is_named(object form, string why)
    {
        ApiException refusal = Assert.Throws<ApiException>(() => Read($$"""{"tools":[{{Weather}}]}""", (ToolCallForm)form));

        Assert.Equal((400, "tools_not_supported", "tools"), (refusal.Status, refusal.Code, refusal.Param));
        Assert.Contains("'some-model'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Earlier_calls_are_not_lost_in_silence()
    {
        const string Request = """
            {"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}]}
            """;
        ApiException refusal = Assert.Throws<ApiException>(() => Read(Request, ToolCallForm.None));

        Assert.Equal(("tools_not_supported", "messages"), (refusal.Code, refusal.Param));
    }

    [Theory]
    [InlineData("""{"tools":{}}""", "tools")]
    [InlineData("""{"tools":[{"type":"retrieval"}]}""", "tools[0]")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"a b"}}]}""", "tools[0].function.name")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"a","parameters":[]}}]}""", "tools[0].function.parameters")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"a"}}]}""", "tools[1].function.name")]
    [InlineData("""{"tool_choice":"required"}""", "tool_choice")]
    [InlineData("""{"tool_choice":7}""", "tool_choice")]
    [InlineData("""{"tool_choice":{"type":"function","function":{"name":"gone"}}}""", "tool_choice")]
    public void A_field_that_cannot_be_used_is_named(string request, string param)
    {
        ApiException refusal = Assert.Throws<ApiException>(() => Read(request));

        Assert.Equal((400, param), (refusal.Status, refusal.Param));
    }

    private static ToolPlan? Read(string request, ToolCallForm form = ToolCallForm.Tagged) =>
        ToolPlan.Read(JsonSerializer.Deserialize<ChatCompletionRequest>(request, WireJson.Options)!, form, "some-model");
}
