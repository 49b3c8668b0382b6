using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Tools;

namespace Ratchet.InferenceService.Tests.Tools;

public sealed class ToolCallReaderTests
{
    private const string Tools = """
        [{"type":"function","function":{"name":"weather"}},{"type":"function","function":{"name":"clock"}}]
        """;

    [Theory]
    [InlineData("Just words.", "Just words.", "")]
    [InlineData("<tool_call>\n{\"name\": \"clock\", \"arguments\": {\"zone\": \"CET\"}}\n</tool_call>", "", "clock {\"zone\": \"CET\"}")]
    [InlineData("Let me see.\n<tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call>", "Let me see.", "clock {}")]
    [InlineData(
        "<tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"weather\",\"arguments\":{\"a\":1}}</tool_call>",
        "", "clock {}|weather {\"a\":1}")]
    [InlineData("<tool_call>{\"name\":\"clock\",\"arguments\":\"{\\\"a\\\":1}\"}</tool_call>", "", "clock {\"a\":1}")]
    [InlineData("<tool_call>{\"name\":\"clock\",\"arguments\":{\"tag\":\"</tool_call>\"}}</tool_call>", "", "clock {\"tag\":\"</tool_call>\"}")]
    [InlineData("<tool_call>{\"name\":\"clock\",\"arguments\":{}}", "", "clock {}")]
    [InlineData("<tool_call>{\"name\":\"stranger\",\"arguments\":{}}</tool_call>", "<tool_call>{\"name\":\"stranger\",\"arguments\":{}}</tool_call>", "")]
    [InlineData("<tool_call>{broken</tool_call> after", "<tool_call>{broken</tool_call> after", "")]
    [InlineData("<tool_call>{\"name\":\"clock\",\"arguments\":7}</tool_call>", "<tool_call>{\"name\":\"clock\",\"arguments\":7}</tool_call>", "")]
    [InlineData("2 < 3 and <tool", "2 < 3 and <tool", "")]
    public void Tagged_calls_are_parted_from_text(string answer, string text, string calls) =>
        AssertReads(ToolCallForm.Tagged, answer, text, calls);

    [Theory]
    [InlineData("It is {noon}.", "It is {noon}.", "")]
    [InlineData("{\"name\": \"clock\", \"parameters\": {\"zone\": \"CET\"}}", "", "clock {\"zone\": \"CET\"}")]
    [InlineData("{\"name\":\"clock\",\"parameters\":{}}; {\"name\":\"weather\",\"parameters\":{\"s\":\"}\"}}", "", "clock {}|weather {\"s\":\"}\"}")]
    [InlineData("{\"name\": \"stranger\", \"parameters\": {}}", "{\"name\": \"stranger\", \"parameters\": {}}", "")]
    [InlineData("{\"total\": 3}", "{\"total\": 3}", "")]
    [InlineData("{\"name\": \"clock\", \"parameters\": {\"zone\"", "{\"name\": \"clock\", \"parameters\": {\"zone\"", "")]
    public void Bare_calls_are_parted_from_text(string answer, string text, string calls) =>
        AssertReads(ToolCallForm.BareJson, answer, text, calls);

    [Fact]
    public void A_demanded_call_goes_on_from_its_beginning()
    {
        var reader = new ToolCallReader(Plan(ToolCallForm.Tagged, """{"type":"function","function":{"name":"clock"}}"""));

        string shown = reader.Append("\"zone\": 1}}") + reader.Append("\n</tool_call> and more") + reader.Finish();

        Assert.Equal(("", true), (shown, reader.IsDone));
        FunctionCall call = Assert.Single(reader.Calls);
        Assert.Equal(("clock", "{\"zone\": 1}"), (call.Name, call.Arguments));
    }

    // However the answer is cut into tokens, what comes out is the same.
    private static void AssertReads(ToolCallForm form, string answer, string text, string calls)
    {
        for (int size = 1; size <= answer.Length; size += size < 8 ? 1 : 13)
        {
            var reader = new ToolCallReader(Plan(form, null));
            string shown = string.Concat(answer.Chunk(size).Select(piece => reader.Append(new string(piece))));
            shown += reader.Finish();

            Assert.Equal(text, shown);
            Assert.Equal(text, reader.Text);
            Assert.Equal(calls, string.Join("|", reader.Calls.Select(call => $"{call.Name} {call.Arguments}")));
        }
    }

    private static ToolPlan Plan(ToolCallForm form, string? choice) => ToolPlan.Read(
        JsonSerializer.Deserialize<ChatCompletionRequest>(
            $$"""{"tools":{{Tools}},"tool_choice":{{choice ?? "\"auto\""}}}""", WireJson.Options)!,
        form, "m")!;
}
