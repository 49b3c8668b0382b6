using System.Text.Json;
using Ratchet.Engine.Tokenization.Jinja;

namespace Ratchet.Engine.Tokenization;

/// <summary>Turns conversations into tokens through the model's own template: the one path for training and for serving.</summary>
/// <remarks>
/// The rendered text is cut where what the model is to say begins and ends, and each part is tokenised by itself. So the
/// ids before a target are exactly those that <see cref="EncodePrompt"/> makes of the messages before it, whatever the
/// target begins with. May be used by several threads at once.
/// </remarks>
public sealed class ChatEncoder
{
    // Control tokens by which families of models end a turn or a text.
    private static readonly string[] KnownStops =
    [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>", "<｜end▁of▁sentence｜>",
    ];

    private readonly ITokenizer _tokenizer;
    private readonly bool _specialInContent;

    /// <summary>Joins a tokenizer and a template.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="specialInContent">
    /// Whether the spelling of a special token inside a message becomes that token, as transformers does. Leave it off for
    /// what strangers write: with it, a user can type a whole turn of somebody else.
    /// </param>
    /// <param name="stopTokens">Further tokens at which an answer is over, as the model's settings name them.</param>
    public ChatEncoder(ITokenizer tokenizer, ChatTemplate template, bool specialInContent = false, IReadOnlyList<int>? stopTokens = null)
    {
        _tokenizer = tokenizer;
        Template = template;
        _specialInContent = specialInContent;
        StopTokens = FindStopTokens(stopTokens ?? []);
        ToolCalls = ToolProbe.Examine(template);
    }

    /// <summary>The model's chat template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Tokens at which an answer is over.</summary>
    public IReadOnlyList<int> StopTokens { get; }

    /// <summary>How the model calls tools.</summary>
    public ToolCallForm ToolCalls { get; }

    /// <summary>Tokens of the messages, ending where the assistant is to speak.</summary>
    /// <param name="messages">The conversation, oldest first.</param>
    /// <param name="variables">Further names for the template, for example tools.</param>
    /// <param name="opening">What the assistant has said already: its answer goes on from there.</param>
    /// <exception cref="TemplateException">The template does not take these messages.</exception>
    public int[] EncodePrompt(
        IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, JsonElement>? variables = null, string opening = "")
    {
        (ContentGuard? guard, IReadOnlyList<ChatMessage> guarded) = Guard(messages, ref variables);
        string whole = Template.Render(guarded, addGenerationPrompt: true, variables);
        var ids = new List<int>();
        int place = 0;

        // Earlier answers are cut out as in training, so that they are the very ids that were once generated.
        for (int turn = 0; turn < guarded.Count; turn++)
        {
            if (guarded[turn].Role == "assistant" && FindSpan(whole, isPrompt: true, guarded, turn, variables, place) is { } span)
            {
                EncodePart(whole.AsSpan(place, span.Start - place), guard, ids);
                EncodePart(whole.AsSpan(span.Start, span.End - span.Start), guard, ids);
                place = span.End;
            }
        }

        EncodePart(string.Concat(whole.AsSpan(place), opening), guard, ids);
        return [.. ids];
    }

    /// <summary>Tokens of a finished conversation, and which of them are targets.</summary>
    /// <param name="messages">The conversation, oldest first.</param>
    /// <param name="targets">What is to be learnt: content and tool calls, and the token that ends the turn; no header.</param>
    /// <param name="variables">Further names for the template, for example tools.</param>
    /// <exception cref="TemplateException">
    /// The template does not take these messages, or writes earlier turns anew once others follow.
    /// </exception>
    public EncodedConversation EncodeConversation(
        IReadOnlyList<ChatMessage> messages, LossTargets targets,
        IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        (ContentGuard? guard, IReadOnlyList<ChatMessage> guarded) = Guard(messages, ref variables);
        string whole = Template.Render(guarded, addGenerationPrompt: false, variables);
        int last = messages.Count - 1;
        while (last >= 0 && messages[last].Role != "assistant")
        {
            last--;
        }

        var ids = new List<int>();
        var mask = new List<bool>();
        int place = 0;
        for (int turn = 0; turn <= last; turn++)
        {
            if (messages[turn].Role != "assistant")
            {
                continue;
            }

            bool isTarget = targets == LossTargets.EveryAssistantTurn || (targets == LossTargets.LastAssistantTurn && turn == last);
            if (FindSpan(whole, isPrompt: false, guarded, turn, variables, place) is { } span)
            {
                Add(whole.AsSpan(place, span.Start - place), isTarget: false);
                Add(whole.AsSpan(span.Start, span.End - span.Start), isTarget);
                place = span.End;
            }
            else if (isTarget)
            {
                throw new TemplateException(
                    TemplateFault.Rendering,
                    $"The chat template writes the assistant's turn {turn} in another way once later messages follow, so that what " +
                    "is trained would not be what is served. Train on the last turn only.");
            }
        }

        Add(whole.AsSpan(place), isTarget: false);
        return new EncodedConversation([.. ids], [.. mask]);

        void Add(ReadOnlySpan<char> part, bool isTarget)
        {
            EncodePart(part, guard, ids);
            while (mask.Count < ids.Count)
            {
                mask.Add(isTarget || targets == LossTargets.AllTokens);
            }
        }
    }

    // Where in the whole text the content of an assistant's turn begins, and where the token that ends the turn does.
    // Null where the template writes the turn in another way once later messages follow.
    private (int Start, int End)? FindSpan(
        string whole, bool isPrompt, IReadOnlyList<ChatMessage> messages, int turn,
        IReadOnlyDictionary<string, JsonElement>? variables, int place)
    {
        string through = turn == messages.Count - 1 && !isPrompt
            ? whole
            : Template.Render([.. messages.Take(turn + 1)], addGenerationPrompt: false, variables);
        int start = turn > 0
            ? HeaderEnd(Template.Render([.. messages.Take(turn)], addGenerationPrompt: true, variables), whole)
            : FirstHeaderEnd(through);
        int common = whole.AsSpan().CommonPrefixLength(through);
        if (start < place || common < start)
        {
            return null;
        }

        // The template's own end-of-turn token is the last special one that stands there whatever follows.
        int end = start;
        int from = start;
        while (_tokenizer.TryFindSpecial(whole.AsSpan(from, common - from), out int found, out int length, out _))
        {
            from += found + length;
            end = from;
        }

        return (start, end > start ? end : common);
    }

    private static int HeaderEnd(string prompt, string whole) => whole.StartsWith(prompt, StringComparison.Ordinal)
        ? prompt.Length
        : -1;

    // No prompt stands before the first message: its header is what the template adds where the assistant is to speak.
    private int FirstHeaderEnd(string through)
    {
        string header = GenerationPrompt();
        int found = header.Length == 0 ? -1 : through.IndexOf(header, StringComparison.Ordinal);
        return found < 0 ? 0 : found + header.Length;
    }

    private string GenerationPrompt()
    {
        ChatMessage[] question = [new("user", "?")];
        string without = Template.Render(question, addGenerationPrompt: false);
        string with = Template.Render(question, addGenerationPrompt: true);
        return with.StartsWith(without, StringComparison.Ordinal) ? with[without.Length..] : "";
    }

    private (ContentGuard? Guard, IReadOnlyList<ChatMessage> Messages) Guard(
        IReadOnlyList<ChatMessage> messages, ref IReadOnlyDictionary<string, JsonElement>? variables)
    {
        if (_specialInContent)
        {
            return (null, messages);
        }

        // What describes a tool is as much a stranger's text as a message is.
        (ContentGuard guard, IReadOnlyList<ChatMessage> guarded) = ContentGuard.For(_tokenizer, messages, variables);
        variables = variables?.ToDictionary(variable => variable.Key, variable => guard.Guarded(variable.Value));
        return (guard, guarded);
    }

    private void EncodePart(ReadOnlySpan<char> part, ContentGuard? guard, List<int> ids)
    {
        while (_tokenizer.TryFindSpecial(part, out int start, out int length, out int id))
        {
            Text(part[..start]);
            ids.Add(id);
            part = part[(start + length)..];
        }

        Text(part);

        void Text(ReadOnlySpan<char> text)
        {
            if (text.Length > 0)
            {
                ids.AddRange(_tokenizer.Encode(guard is null ? text.ToString() : guard.Clean(text)));
            }
        }
    }

    private int[] FindStopTokens(IReadOnlyList<int> named)
    {
        var stops = new HashSet<int>(named);
        if (_tokenizer.EndToken is { } end)
        {
            stops.Add(end);
        }

        foreach (string name in KnownStops)
        {
            if (_tokenizer.IdOf(name) is { } id && _tokenizer.IsSpecial(id))
            {
                stops.Add(id);
            }
        }

        try
        {
            EncodedConversation turn = EncodeConversation(
                [new("user", "?"), new("assistant", "!")], LossTargets.LastAssistantTurn);
            int last = Array.FindLastIndex(turn.Mask, isTarget => isTarget);
            if (last >= 0 && _tokenizer.IsSpecial(turn.Ids[last]))
            {
                stops.Add(turn.Ids[last]);
            }
        }
        catch (TemplateException)
        {
            // A template that does not take the plainest conversation still has the vocabulary's own end token.
        }

        int[] sorted = [.. stops];
        Array.Sort(sorted);
        return sorted;
    }
}
