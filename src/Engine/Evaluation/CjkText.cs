using System.Text;

namespace Ratchet.Engine.Evaluation;

/// <summary>Cuts text in which Chinese, Japanese or Korean has no spaces between words.</summary>
public static class CjkText
{
    // The marks of CMRC 2018's script; others belong to words.
    private const string AnswerMarks = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』…";

    /// <summary>Lower case; each CJK character is a token, so is each other run of letters and numbers; the rest separates.</summary>
    /// <param name="text">Any text.</param>
    public static IReadOnlyList<string> Tokens(string text) =>
        Split(text, rune => !Rune.IsLetter(rune) && !Rune.IsNumber(rune));

    /// <summary>The tokens that CMRC 2018 compares answers by: as <see cref="Tokens"/>, but only its own list of marks separates.</summary>
    /// <param name="text">Any text.</param>
    public static IReadOnlyList<string> AnswerTokens(string text) =>
        Split(text, rune => Rune.IsWhiteSpace(rune) || (rune.IsBmp && AnswerMarks.Contains((char)rune.Value)));

    /// <summary>Whether a character is Han (with extensions and compatibility forms), kana or a Hangul syllable.</summary>
    /// <param name="rune">Any character.</param>
    public static bool IsCjk(Rune rune) => rune.Value is
        (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2EBEF) or (>= 0x30000 and <= 0x3134F) or (>= 0x3040 and <= 0x30FF) or (>= 0xAC00 and <= 0xD7AF);

    private static List<string> Split(string text, Func<Rune, bool> separates)
    {
        var tokens = new List<string>();
        var word = new StringBuilder();
        foreach (Rune rune in text.ToLowerInvariant().EnumerateRunes())
        {
            bool isCjk = IsCjk(rune);
            if (!isCjk && !separates(rune))
            {
                word.Append(rune.ToString());
                continue;
            }

            if (word.Length > 0)
            {
                tokens.Add(word.ToString());
                word.Clear();
            }

            if (isCjk)
            {
                tokens.Add(rune.ToString());
            }
        }

        if (word.Length > 0)
        {
            tokens.Add(word.ToString());
        }

        return tokens;
    }
}
