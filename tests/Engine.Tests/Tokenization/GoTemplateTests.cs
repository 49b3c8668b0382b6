using System.Text.Json;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Jinja;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Ollama's TEMPLATE is the chat template that training used: the same text for the same conversation (F105).</summary>
public sealed class GoTemplateTests
{
    private sealed record TemplateSource(string Template, string? BosToken, string? EosToken);

    private sealed record GoldenCase(string Template, JsonElement[] Messages, JsonElement? Tools, Dictionary<string, JsonElement>? Variables, Outcome WithPrompt);

    private sealed record Outcome(string? Text);

    [Fact]
    [Trait("Category", "Golden")]
    public void Public_templates_come_out_of_go_as_they_come_out_of_jinja_or_are_refused()
    {
        Dictionary<string, TemplateSource> sources = Golden.Read<Dictionary<string, TemplateSource>>("chat-templates/templates.json");
        var turns = new Dictionary<string, TurnTemplate>();
        foreach ((string name, TemplateSource source) in sources)
        {
            try
            {
                turns[name] = TurnTemplate.Of(new ChatTemplate(source.Template, source.BosToken, source.EosToken, new ChatTemplateTests.FixedClock()));
            }
            catch (TemplateException refusal)
            {
                Assert.Contains("TEMPLATE by hand", refusal.Message, StringComparison.Ordinal);
            }
        }

        // Most public templates do no more than put text around turns.
        Assert.True(turns.Count > sources.Count / 2, $"Told are {string.Join(", ", turns.Keys)} of {sources.Count}.");
        int compared = 0;
        foreach (GoldenCase golden in Golden.ReadLines<GoldenCase>("chat-templates/cases.jsonl"))
        {
            if (!turns.TryGetValue(golden.Template, out TurnTemplate? own) || golden.WithPrompt.Text is null || !IsPlain(golden, own))
            {
                continue;
            }

            string begin = sources[golden.Template].BosToken ?? string.Empty;
            foreach (string? cut in (string?[])[null, begin])
            {
                string text = GoTemplateRunner.Run(GoTemplate.Of(own, cut), own.DefaultSystem, [.. golden.Messages.Select(ToMessage)]);

                // The program puts the begin token back, and only where the template has it.
                bool isCut = cut is { Length: > 0 } && golden.WithPrompt.Text.StartsWith(cut, StringComparison.Ordinal);
                Assert.Equal(golden.WithPrompt.Text, isCut ? cut + text : text);
            }

            compared++;
        }

        Assert.True(compared >= turns.Count, $"Only {compared} conversations were compared.");
    }

    [Fact]
    public void The_bundled_model_is_asked_by_ollama_as_it_was_trained()
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        string source = ModelWriter.TokenizerKeys(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"), 0)
            .Single(k => k.Key == "tokenizer.chat_template").Value.ToString()!;
        var template = new ChatTemplate(source, loaded.Tokenizer.TokenText(loaded.Tokenizer.BeginToken!.Value), loaded.Tokenizer.TokenText(loaded.Tokenizer.EndToken!.Value));
        var prompt = OllamaPrompt.Of(loaded.Tokenizer, template, addsBegin: false);
        Assert.Contains("<|im_end|>", prompt.Stops);
        ChatMessage[] conversation = [new("user", "What is a ratchet?"), new("assistant", "A wheel."), new("user", "Why {{ one }} way?")];
        Assert.Equal(template.Render(conversation, addGenerationPrompt: true), GoTemplateRunner.Run(prompt.Template, prompt.System, conversation));
        Assert.NotNull(prompt.System);
        ChatMessage[] open = [.. conversation, new("assistant", "Because")];
        Assert.EndsWith("Because", GoTemplateRunner.Run(prompt.Template, prompt.System, open), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ m.role }}: {{ m.content }} ({{ loop.index }})\n{% endfor %}")]
    [InlineData("{{ messages[-1].content }}")]
    [InlineData("{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}")]
    [InlineData("{% for m in messages %}{{ m.content | upper }}{% endfor %}")]
    public void A_template_that_does_more_is_refused(string source)
        => Assert.Throws<TemplateException>(() => TurnTemplate.Of(new ChatTemplate(source, null, null)));

    [Fact]
    public void Braces_in_a_template_are_text()
    {
        var turns = TurnTemplate.Of(new ChatTemplate("{% for m in messages %}{{ '{{' ~ m.role ~ '}} ' ~ m.content ~ '\n' }}{% endfor %}{{ '{{assistant}} ' if add_generation_prompt }}", null, null));
        Assert.Equal("{{user}} hi\n{{assistant}} ", GoTemplateRunner.Run(GoTemplate.Of(turns, null), null, [new("user", "hi")]));
    }

    // Roles in turn (Ollama joins messages of one role), texts without white space at their ends where the template would take it off.
    private static bool IsPlain(GoldenCase golden, TurnTemplate turns)
    {
        if (golden.Tools is not null || golden.Variables is { Count: > 0 } || golden.Messages.Length == 0)
        {
            return false;
        }

        for (int i = 0; i < golden.Messages.Length; i++)
        {
            JsonElement message = golden.Messages[i];
            if (message.EnumerateObject().Any(p => p.Name is not ("role" or "content")) || !message.TryGetProperty("content", out JsonElement content)
                || content.ValueKind != JsonValueKind.String || (i > 0 && message.GetProperty("role").GetString() == "system")
                || (i > 0 && message.GetProperty("role").GetString() == golden.Messages[i - 1].GetProperty("role").GetString()))
            {
                return false;
            }

            string text = content.GetString()!;
            string role = message.GetProperty("role").GetString()!;
            if (role is not ("system" or "user" or "assistant") || text.Length == 0 || (turns.TrimsTexts && text.Trim() != text)
                || text.Contains("</think>", StringComparison.Ordinal) || (role == "system" && turns.System is null && turns.SystemInUser is null))
            {
                return false;
            }
        }

        return golden.Messages[^1].GetProperty("role").GetString() == "user"
            && golden.Messages.Any(m => m.GetProperty("role").GetString() == "user");
    }

    private static ChatMessage ToMessage(JsonElement message) => new(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString());
}
