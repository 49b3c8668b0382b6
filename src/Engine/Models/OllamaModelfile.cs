using System.Globalization;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Jinja;

namespace Ratchet.Engine.Models;

/// <summary>Says in Ollama's words how a loaded model is asked: from the chat template that training and serving use, and its makers' settings.</summary>
public static class OllamaModelfile
{
    /// <summary>How the model is asked, in Ollama's words.</summary>
    /// <param name="loaded">The model.</param>
    /// <exception cref="ModelExportException">The model has no chat template.</exception>
    /// <exception cref="TemplateException">Its chat template does more than put fixed text around each message.</exception>
    public static OllamaPrompt PromptOf(LoadedDecoder loaded)
    {
        if (loaded.Chat is not { } chat)
        {
            throw new ModelExportException($"{loaded.Name} has no chat template, so there is no TEMPLATE to write. Export GGUF.");
        }

        ITokenizer tokenizer = loaded.Tokenizer;
        bool addsBegin = tokenizer.BeginToken is { } begin && tokenizer.Encode("x", addSpecial: true).FirstOrDefault(-1) == begin;
        return OllamaPrompt.Of(tokenizer, chat.Template, addsBegin);
    }

    /// <summary>The Modelfile.</summary>
    /// <param name="loaded">The model.</param>
    /// <param name="prompt">From <see cref="PromptOf"/>; null leaves TEMPLATE and SYSTEM to Ollama.</param>
    /// <param name="from">FROM: the model's file or folder.</param>
    /// <param name="adapters">ADAPTER: files or folders.</param>
    /// <param name="system">SYSTEM in place of the chat template's own.</param>
    /// <param name="comments">Lines for people, before what Ollama does otherwise.</param>
    public static Modelfile Of(
        LoadedDecoder loaded, OllamaPrompt? prompt, string from, IReadOnlyList<string> adapters, string? system, IReadOnlyList<string> comments) => new()
        {
            From = from,
            Adapters = adapters,
            Template = prompt?.Template,
            System = system ?? prompt?.System,
            Parameters =
            [
                .. Stops(loaded).Select(stop => new KeyValuePair<string, string>("stop", stop)),
                .. Sampling(loaded.Generation),
                new("num_ctx", loaded.Model.Config.ContextLength.ToString(CultureInfo.InvariantCulture)),
            ],
            Comments = [.. comments, .. prompt?.Notes ?? []],
        };

    /// <summary>The same where a model is only to be looked at: what Ollama cannot be told is left out, and a comment says so.</summary>
    /// <param name="loaded">The model.</param>
    /// <param name="from">FROM: the model's file or folder.</param>
    /// <param name="adapters">ADAPTER: files or folders.</param>
    /// <param name="comments">Lines for people.</param>
    /// <exception cref="ModelfileException">A path or a stop text cannot stand in a Modelfile.</exception>
    public static Modelfile Show(LoadedDecoder loaded, string from, IReadOnlyList<string> adapters, IReadOnlyList<string> comments)
    {
        try
        {
            Modelfile whole = Of(loaded, PromptOf(loaded), from, adapters, system: null, comments);
            _ = whole.ToString();
            return whole;
        }
        catch (Exception problem) when (problem is ModelExportException or TemplateException or ModelfileException)
        {
            return Of(loaded, null, from, adapters, system: null, [.. comments, $"Without TEMPLATE: {problem.Message}"]);
        }
    }

    private static IEnumerable<string> Stops(LoadedDecoder loaded)
    {
        IReadOnlyList<int> ids = loaded.Chat?.StopTokens ?? (loaded.Tokenizer.EndToken is { } end ? [end] : []);
        return ids.Select(loaded.Tokenizer.TokenText).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal);
    }

    // What serving takes where a request says nothing; Ollama's own values stay where the makers are silent.
    private static IEnumerable<KeyValuePair<string, string>> Sampling(GenerationConfigFile makers)
    {
        foreach ((string name, double? value) in new (string, double?)[]
        {
            ("temperature", makers.Samples == false ? 0 : makers.Temperature),
            ("top_k", makers.TopK),
            ("top_p", makers.TopP),
            ("repeat_penalty", makers.RepetitionPenalty),
        })
        {
            if (value is { } number)
            {
                yield return new(name, number.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
