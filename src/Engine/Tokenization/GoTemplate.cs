using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Turns as a Go template over Ollama's names: .Messages with .Role and .Content, and .System.</summary>
/// <remarks>
/// <code>
/// BEGIN{{ range $i, $_ := .Messages }}{{ $last := eq (len (slice $.Messages $i)) 1 }}
///   {{ if eq .Role "system" }}...{{ .Content }}...{{ else if eq .Role "user" }}...{{ else if eq .Role "assistant" }}...{{ end }}
///   {{ if and $last (ne .Role "assistant") }}GENERATION{{ end }}{{ end }}
/// </code>
/// All on one line but for line ends of the turns' own: Go keeps white space as it stands. An answer that is last has no end: it goes on.
/// </remarks>
public static class GoTemplate
{
    /// <summary>Writes the template.</summary>
    /// <param name="turns">What stands around each role's texts.</param>
    /// <param name="beginToken">The token that the program puts before every prompt by itself, left out here; null where it does not.</param>
    public static string Of(TurnTemplate turns, string? beginToken)
    {
        bool startsInTurn = turns.Begin.Length == 0;
        string begin = Cut(turns.Begin);
        (string Before, string After)? system = turns.System is { } own && startsInTurn ? (Cut(own.Before), own.After) : turns.System;
        var text = new StringBuilder();
        if (turns.SystemInUser is not null)
        {
            text.Append("{{ $system := .System }}");
        }

        // The begin token before every question: the program puts the first one.
        string? repeated = startsInTurn && system is null && turns.User.Before != Cut(turns.User.Before) ? beginToken : null;
        if (repeated is not null)
        {
            text.Append("{{ $first := true }}");
        }

        text.Append(Literal(begin)).Append("{{ range $i, $_ := .Messages }}{{ $last := eq (len (slice $.Messages $i)) 1 }}");
        string next = "{{ if eq .Role \"";
        if (system is { } shown)
        {
            text.Append(next).Append("system\" }}").Append(Literal(shown.Before)).Append("{{ .Content }}").Append(Literal(shown.After));
            next = "{{ else if eq .Role \"";
        }

        text.Append(next).Append("user\" }}");
        if (repeated is not null)
        {
            text.Append("{{ if not $first }}").Append(Literal(repeated)).Append("{{ end }}{{ $first = false }}");
        }

        text.Append(Literal(repeated is null ? turns.User.Before : Cut(turns.User.Before)));
        if (turns.SystemInUser is { } inside)
        {
            text.Append("{{ if $system }}").Append(Literal(inside.Before)).Append("{{ $system }}").Append(Literal(inside.After)).Append("{{ $system = \"\" }}{{ end }}");
        }

        text.Append("{{ .Content }}").Append(Literal(turns.User.After))
            .Append("{{ else if eq .Role \"assistant\" }}").Append(Literal(turns.Assistant.Before)).Append("{{ .Content }}")
            .Append("{{ if not $last }}").Append(Literal(turns.Assistant.After)).Append("{{ end }}{{ end }}")
            .Append("{{ if and $last (ne .Role \"assistant\") }}").Append(Literal(turns.Generation)).Append("{{ end }}{{ end }}");
        return text.ToString();

        string Cut(string start) => beginToken is { Length: > 0 } && start.StartsWith(beginToken, StringComparison.Ordinal) ? start[beginToken.Length..] : start;
    }

    // Two braces would open an action.
    private static string Literal(string text) => text.Replace("{{", "{{ \"{{\" }}", StringComparison.Ordinal);
}
