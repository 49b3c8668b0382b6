using System.Globalization;
using System.Text;

namespace Ratchet.RagService.Index;

/// <summary>Cuts text into what keyword search compares: lowercased words, and overlapping pairs of CJK characters.</summary>
/// <remarks>
/// Chinese and Japanese write no spaces, so that "机器学习" gives 机器, 器学, 学习; a lone character stands for itself. Every other
/// run of letters and numbers is one word; a combining mark stays inside a word that has begun; the rest separates.
/// </remarks>
internal static class SearchTokens
{
    /// <summary>All tokens in order, repeats kept.</summary>
    public static List<string> Of(string text)
    {
        var tokens = new List<string>();
        var run = new List<string>();
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsCjk(rune.Value))
            {
                EndWord(word, tokens);
                run.Add(rune.ToString());
            }
            else if (IsWordPart(rune, word.Length > 0))
            {
                EndRun(run, tokens);
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else
            {
                EndWord(word, tokens);
                EndRun(run, tokens);
            }
        }

        EndWord(word, tokens);
        EndRun(run, tokens);
        return tokens;
    }

    /// <summary>Han with its extensions and compatibility forms, kana, Hangul syllables.</summary>
    public static bool IsCjk(int codePoint) => codePoint is
        (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2EBEF) or (>= 0x30000 and <= 0x3134F)
        or (>= 0x3040 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0xAC00 and <= 0xD7AF);

    private static bool IsWordPart(Rune rune, bool inWord) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => inWord,
        _ => false,
    };

    private static void EndWord(StringBuilder word, List<string> tokens)
    {
        if (word.Length > 0)
        {
            tokens.Add(word.ToString());
            word.Clear();
        }
    }

    private static void EndRun(List<string> run, List<string> tokens)
    {
        if (run.Count == 1)
        {
            tokens.Add(run[0]);
        }

        for (int i = 0; i + 1 < run.Count; i++)
        {
            tokens.Add(run[i] + run[i + 1]);
        }

        run.Clear();
    }
}
