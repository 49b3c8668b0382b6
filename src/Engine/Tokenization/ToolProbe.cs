using System.Text.Json;
using Ratchet.Engine.Tokenization.Jinja;

namespace Ratchet.Engine.Tokenization;

/// <summary>Finds out how a template has tools called, by rendering a small conversation with a tool and looking at the text.</summary>
internal static class ToolProbe
{
    private const string Name = "ratchet_probe";
    private const string Tag = "<tool_call>";
    private const string Parameters = "\"parameters\"";

    private static readonly Dictionary<string, JsonElement> Variables = new()
    {
        ["tools"] = JsonElement.Parse(
            """[{"type":"function","function":{"name":"ratchet_probe","description":"d","parameters":{"type":"object","properties":{}}}}]"""),
    };

    private static readonly ChatMessage Question = new("user", "q");

    private static readonly ChatMessage Call = new("assistant", "")
    {
        Fields = new Dictionary<string, JsonElement>
        {
            ["tool_calls"] = JsonElement.Parse(
                """[{"id":"call00001","type":"function","function":{"name":"ratchet_probe","arguments":{"a":1}}}]"""),
        },
    };

    public static ToolCallForm Examine(ChatTemplate template)
    {
        try
        {
            string asked = template.Render([Question], addGenerationPrompt: false, Variables);
            if (!asked.Contains(Name, StringComparison.Ordinal))
            {
                return ToolCallForm.None;
            }

            string called = template.Render([Question, Call], addGenerationPrompt: false, Variables);
            string turn = called[asked.AsSpan().CommonPrefixLength(called)..];
            return !turn.Contains(Name, StringComparison.Ordinal) ? ToolCallForm.Other
                : turn.Contains(Tag, StringComparison.Ordinal) ? ToolCallForm.Tagged
                : turn.Contains(Parameters, StringComparison.Ordinal) ? ToolCallForm.BareJson
                : ToolCallForm.Other;
        }
        catch (TemplateException)
        {
            // A template that fails over a tool cannot be used with tools.
            return ToolCallForm.None;
        }
    }
}
