using Ratchet.Engine.Tokenization.Jinja;

namespace Ratchet.Engine.Tokenization;

/// <summary>How Ollama is to ask a model so that it sees what it was trained on.</summary>
/// <param name="Template">The Go template.</param>
/// <param name="System">The chat template's own system text, or null.</param>
/// <param name="Stops">Texts at which an answer is over.</param>
/// <param name="Notes">What Ollama will do otherwise, for people; empty where nothing.</param>
public sealed record OllamaPrompt(string Template, string? System, IReadOnlyList<string> Stops, IReadOnlyList<string> Notes)
{
    /// <summary>Derives it from the chat template that training used.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="addsBegin">Whether the model's file asks for the begin token before every prompt (add_bos_token).</param>
    /// <exception cref="TemplateException">The template does more than put fixed text around each message.</exception>
    public static OllamaPrompt Of(ITokenizer tokenizer, ChatTemplate template, bool addsBegin)
    {
        var turns = TurnTemplate.Of(template);
        string? begin = addsBegin && tokenizer.BeginToken is { } id ? tokenizer.TokenText(id) : null;
        string[] stops =
        [
            .. new ChatEncoder(tokenizer, template).StopTokens.Select(tokenizer.TokenText).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal),
        ];
        var notes = new List<string>();
        if (turns.TrimsTexts)
        {
            notes.Add("The chat template takes white space off the ends of messages; Ollama's templates cannot, so send them without.");
        }

        if (turns.System is null && turns.SystemInUser is null)
        {
            notes.Add("The chat template takes no system message; SYSTEM has no effect.");
        }

        if (new ChatEncoder(tokenizer, template).ToolCalls != ToolCallForm.None)
        {
            notes.Add("The chat template knows tools; this TEMPLATE does not write them.");
        }

        if (template.Source.Contains("strftime_now", StringComparison.Ordinal))
        {
            notes.Add("The chat template writes the day's date; this TEMPLATE holds that of the day it was made.");
        }

        return new OllamaPrompt(GoTemplate.Of(turns, begin), turns.DefaultSystem, stops, notes);
    }
}
