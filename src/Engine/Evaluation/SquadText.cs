using System.Text;

namespace Ratchet.Engine.Evaluation;

/// <summary>The form in which SQuAD's scores compare answers (Rajpurkar et al. 2016).</summary>
public static class SquadText
{
    // string.punctuation of Python: what the official script drops. Other marks stay.
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private static readonly string[] Articles = ["a", "an", "the"];

    /// <summary>Lower case, without ASCII punctuation, articles and surplus spaces; punctuation goes before articles.</summary>
    /// <param name="text">Any text.</param>
    public static string Normalize(string text) => string.Join(' ', Tokens(text));

    /// <summary>The words of the normal form.</summary>
    /// <param name="text">Any text.</param>
    public static string[] Tokens(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (char character in text.ToLowerInvariant())
        {
            if (!Punctuation.Contains(character))
            {
                kept.Append(character);
            }
        }

        return [.. WithoutArticles(kept).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
    }

    // A word here is what a regular expression's \b sees, so that an article beside a dash of another script counts too.
    private static string WithoutArticles(StringBuilder text)
    {
        var kept = new StringBuilder(text.Length);
        int position = 0;
        while (position < text.Length)
        {
            int end = position;
            while (end < text.Length && IsWordCharacter(text[end]))
            {
                end++;
            }

            string word = text.ToString(position, end - position);
            kept.Append(Articles.Contains(word) ? " " : word);
            position = end;
            if (position < text.Length)
            {
                kept.Append(text[position++]);
            }
        }

        return kept.ToString();
    }

    private static bool IsWordCharacter(char character) =>
        char.IsLetterOrDigit(character) || character == '_' || char.IsSurrogate(character);
}
