using System.Text.Json;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Jinja;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

public sealed class ChatTemplateTests
{
    [Fact]
    [Trait("Category", "Golden")]
    public void Public_templates_render_as_transformers_renders_them()
    {
        Dictionary<string, TemplateSource> templates =
            Golden.Read<Dictionary<string, TemplateSource>>("chat-templates/templates.json");
        var wrong = new List<string>();
        foreach (ChatCase golden in Golden.ReadLines<ChatCase>("chat-templates/cases.jsonl"))
        {
            TemplateSource source = templates[golden.Template];
            var template = new ChatTemplate(source.Template, source.BosToken, source.EosToken, new FixedClock());
            var variables = new Dictionary<string, JsonElement>(golden.Variables ?? []);
            if (golden.Tools is { } tools)
            {
                variables["tools"] = tools;
            }

            ChatMessage[] messages = GoldenMessages.Of(golden.Messages);
            foreach ((Outcome expected, bool prompt) in new[] { (golden.WithoutPrompt, false), (golden.WithPrompt, true) })
            {
                Check($"{golden.Template} {golden.Case} {prompt}", expected, () => template.Render(messages, prompt, variables), wrong);
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Features_of_the_language_render_as_jinja_renders_them()
    {
        Features features = Golden.Read<Features>("chat-templates/features.json");
        var wrong = new List<string>();
        foreach (FeatureCase golden in features.Cases)
        {
            JsonElement context = golden.Context.ValueKind == JsonValueKind.String ? features.Data : golden.Context;
            Check(
                golden.Template,
                new Outcome(golden.Text, golden.Error, golden.Message),
                () => new ChatTemplate(golden.Template, null, null, new FixedClock()).Render(
                    context.EnumerateObject().ToDictionary(p => p.Name, p => JinjaValue.FromJson(p.Value))),
                wrong);
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}")]
    [InlineData("{{ 'x' * 99999999 }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% set ns = namespace(t='x') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}")]
    public void A_template_that_would_never_end_is_stopped(string source)
    {
        var refusal = Assert.Throws<TemplateException>(
            () => new ChatTemplate(source, null, null).Render([new ChatMessage("user", "hi")], true));

        Assert.True(refusal.Fault is TemplateFault.LimitExceeded or TemplateFault.Rendering, refusal.Message);
    }

    [Fact]
    public void Deep_nesting_is_refused_while_parsing()
    {
        string deep = "{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}";

        Assert.Equal(TemplateFault.Syntax, Assert.Throws<TemplateException>(() => new ChatTemplate(deep, null, null)).Fault);
    }

    private static void Check(string what, Outcome expected, Func<string> render, List<string> wrong)
    {
        try
        {
            string text = render();
            if (expected.Error is not null || text != expected.Text)
            {
                wrong.Add($"{what}: got {text} instead of {expected.Error}{expected.Text}");
            }
        }
        catch (TemplateException failure)
        {
            bool isSyntax = expected.Error is "TemplateSyntaxError" or "TemplateAssertionError";
            if (expected.Error is null
                || isSyntax != (failure.Fault == TemplateFault.Syntax)
                || (expected.Error == "TemplateError" && failure.Message != expected.Message))
            {
                wrong.Add($"{what}: failed with {failure.Fault} {failure.Message} instead of {expected.Error} {expected.Message}{expected.Text}");
            }
        }
    }

    internal sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 9, 5, 7, TimeSpan.Zero);
    }

    private sealed record TemplateSource(string Template, string? BosToken, string? EosToken);

    private sealed record Outcome(string? Text, string? Error, string? Message);

    private sealed record ChatCase(
        string Template, List<JsonElement> Messages, JsonElement? Tools, Dictionary<string, JsonElement>? Variables,
        Outcome WithoutPrompt, Outcome WithPrompt)
    {
        [System.Text.Json.Serialization.JsonPropertyName("case")]
        public string Case { get; init; } = "";
    }

    private sealed record Features(JsonElement Data, List<FeatureCase> Cases);

    private sealed record FeatureCase(string Template, JsonElement Context, string? Text, string? Error, string? Message);
}
