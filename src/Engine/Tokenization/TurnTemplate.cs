using Ratchet.Engine.Tokenization.Jinja;

namespace Ratchet.Engine.Tokenization;

/// <summary>A chat template that writes every turn in one way: what stands around the texts of each role.</summary>
/// <remarks>
/// Other programs have other template languages. Most chat templates do no more than put fixed text around each message; which text, is
/// found by rendering conversations of marked texts, and the finding is believed only if it renders more conversations to the very same text.
/// Tools are not among them.
/// </remarks>
public sealed record TurnTemplate
{
    // Words that no template treats in a way of its own, one for each message.
    private const string System1 = "Qsystem71";
    private const string User1 = "Quser71";
    private const string Answer1 = "Qanswer71";
    private const string User2 = "Quser72";

    /// <summary>Before the first turn.</summary>
    public required string Begin { get; init; }

    /// <summary>Before and after a system text that is a turn of its own; null where it is none.</summary>
    public (string Before, string After)? System { get; init; }

    /// <summary>Before and after a system text inside the first user turn, before the user's; null where it stands by itself.</summary>
    public (string Before, string After)? SystemInUser { get; init; }

    /// <summary>Before and after a user's text.</summary>
    public required (string Before, string After) User { get; init; }

    /// <summary>Before and after an answer that others follow.</summary>
    public required (string Before, string After) Assistant { get; init; }

    /// <summary>Where the assistant is to speak.</summary>
    public required string Generation { get; init; }

    /// <summary>The system text that the template takes where a conversation brings none; null for none.</summary>
    public string? DefaultSystem { get; init; }

    /// <summary>Whether the template takes white space off the ends of texts, which others may not do.</summary>
    public bool TrimsTexts { get; init; }

    /// <summary>Finds the texts around the turns of a chat template.</summary>
    /// <param name="template">The template that training and serving use.</param>
    /// <exception cref="TemplateException">It does more than put fixed text around each message.</exception>
    public static TurnTemplate Of(ChatTemplate template)
    {
        try
        {
            TurnTemplate found = Find(template);
            string spaced = $"  {User1}  ";
            string plain = template.Render([new("user", User1)], addGenerationPrompt: true);
            found = found with
            {
                TrimsTexts = template.Render([new("user", spaced)], addGenerationPrompt: true) != plain.Replace(User1, spaced, StringComparison.Ordinal),
            };
            foreach (ChatMessage[] conversation in Conversations(found))
            {
                if (found.Render(conversation) != template.Render(conversation, addGenerationPrompt: true))
                {
                    throw Refusal($"it writes a conversation of {string.Join(", ", conversation.Select(m => m.Role))} in another way than its turns one by one");
                }
            }

            return found;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Refusal("it leaves a message out, or writes it twice");
        }
    }

    /// <summary>Renders a conversation that ends where the assistant is to speak, as the chat template does.</summary>
    /// <param name="messages">Of the roles system (first), user and assistant.</param>
    public string Render(IReadOnlyList<ChatMessage> messages)
    {
        string? system = messages.Count > 0 && messages[0].Role == "system" ? messages[0].Content : DefaultSystem;
        var text = new global::System.Text.StringBuilder(Begin);
        if (System is { } own && system is not null)
        {
            text.Append(own.Before).Append(system).Append(own.After);
        }

        foreach (ChatMessage message in messages.Where(m => m.Role != "system"))
        {
            (string before, string after) = message.Role == "user" ? User : Assistant;
            text.Append(before);
            if (message.Role == "user" && SystemInUser is { } inside && system is not null)
            {
                text.Append(inside.Before).Append(system).Append(inside.After);
                system = null;
            }

            text.Append(message.Content).Append(after);
        }

        return text.Append(Generation).ToString();
    }

    private static TurnTemplate Find(ChatTemplate template)
    {
        ChatMessage[] question = [new("user", User1)];
        ChatMessage[] exchange = [.. question, new("assistant", Answer1), new("user", User2)];
        string asked = template.Render(question, addGenerationPrompt: false);
        string whole = template.Render(exchange, addGenerationPrompt: true);
        string before = Before(whole, User1);
        string between = Between(whole, User1, Answer1);
        string again = Between(whole, Answer1, User2);
        string last = After(whole, User2);

        string afterUser = After(asked, User1);
        if (!between.StartsWith(afterUser, StringComparison.Ordinal) || !last.StartsWith(afterUser, StringComparison.Ordinal))
        {
            afterUser = string.Empty;
        }

        string afterAnswer = After(template.Render(exchange[..2], addGenerationPrompt: false), Answer1);
        if (!again.StartsWith(afterAnswer, StringComparison.Ordinal))
        {
            afterAnswer = again[..^CommonSuffix(before, again)];
        }

        string beforeUser = again[afterAnswer.Length..];
        if (afterUser.Length == 0 && TwoQuestions(template) is { } two && two.EndsWith(beforeUser, StringComparison.Ordinal)
            && between.StartsWith(two[..^beforeUser.Length], StringComparison.Ordinal) && last.StartsWith(two[..^beforeUser.Length], StringComparison.Ordinal))
        {
            afterUser = two[..^beforeUser.Length];
        }

        if (!before.EndsWith(beforeUser, StringComparison.Ordinal))
        {
            throw Refusal("it begins the first question in another way than later ones");
        }

        var found = new TurnTemplate
        {
            Begin = before[..^beforeUser.Length],
            User = (beforeUser, afterUser),
            Assistant = (between[afterUser.Length..], afterAnswer),
            Generation = last[afterUser.Length..],
        };
        return WithSystem(template, found, before);
    }

    // What stands between two questions without an answer; null where the template does not take them.
    private static string? TwoQuestions(ChatTemplate template)
    {
        try
        {
            return Between(template.Render([new("user", User1), new("user", User2)], addGenerationPrompt: true), User1, User2);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static TurnTemplate WithSystem(ChatTemplate template, TurnTemplate found, string before)
    {
        string whole;
        try
        {
            whole = template.Render([new("system", System1), new("user", User1)], addGenerationPrompt: true);
        }
        catch (TemplateException)
        {
            return found;
        }

        if (!whole.Contains(System1, StringComparison.Ordinal))
        {
            return found;
        }

        string beforeSystem = Before(whole, System1);
        string between = Between(whole, System1, User1);
        string beforeUser = found.User.Before;
        if (!between.EndsWith(beforeUser, StringComparison.Ordinal) || (beforeUser.Length == 0 && beforeSystem.StartsWith(before, StringComparison.Ordinal) && before.Length > 0))
        {
            return beforeSystem.StartsWith(before, StringComparison.Ordinal)
                ? found with { SystemInUser = (beforeSystem[before.Length..], between) }
                : throw Refusal("it writes the system text in a place that changes with the conversation");
        }

        string afterSystem = between[..^beforeUser.Length];
        if (beforeSystem.StartsWith(found.Begin, StringComparison.Ordinal))
        {
            return found with { System = (beforeSystem[found.Begin.Length..], afterSystem) };
        }

        // Without a system text the template takes one of its own: what it begins with is a system turn already.
        if (found.Begin.StartsWith(beforeSystem, StringComparison.Ordinal) && found.Begin.EndsWith(afterSystem, StringComparison.Ordinal)
            && found.Begin.Length >= beforeSystem.Length + afterSystem.Length)
        {
            return found with
            {
                Begin = string.Empty,
                System = (beforeSystem, afterSystem),
                DefaultSystem = found.Begin[beforeSystem.Length..^afterSystem.Length],
            };
        }

        throw Refusal("it begins with other text where there is a system message");
    }

    private static IEnumerable<ChatMessage[]> Conversations(TurnTemplate found)
    {
        ChatMessage system = new("system", "Be brief.\nAnswer in one line.");
        ChatMessage first = new("user", "What is a ratchet?\n\n- 模型 \"quoted\" {{ braces }}");
        ChatMessage answer = new("assistant", "It turns one way.\n```\nx = 1\n```");
        ChatMessage second = new("user", "And back?");
        yield return [first];
        yield return [first, answer, second];
        yield return [first, answer, second, new("assistant", "No."), first];
        if (found.System is not null || found.SystemInUser is not null)
        {
            yield return [system, first];
            yield return [system, first, answer, second, answer, first];
        }
    }

    private static string Before(string text, string mark) => text[..Place(text, mark)];

    private static string After(string text, string mark) => text[(Place(text, mark) + mark.Length)..];

    private static string Between(string text, string first, string second) => text[(Place(text, first) + first.Length)..Place(text, second)];

    private static int Place(string text, string mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        return at >= 0 && text.IndexOf(mark, at + 1, StringComparison.Ordinal) < 0 ? at : throw Refusal("it leaves a message out, or writes it twice");
    }

    private static int CommonSuffix(string a, string b)
    {
        int count = 0;
        while (count < Math.Min(a.Length, b.Length) && a[^(count + 1)] == b[^(count + 1)])
        {
            count++;
        }

        return count;
    }

    private static TemplateException Refusal(string why) => new(
        TemplateFault.Rendering,
        $"The chat template cannot be told as turns: {why}. Serve the model where its own template is read, or write TEMPLATE by hand.");
}
