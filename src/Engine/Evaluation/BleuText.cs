using System.Text;
using System.Text.RegularExpressions;

namespace Ratchet.Engine.Evaluation;

/// <summary>Cuts text into the words that BLEU counts, as sacrebleu does (Post 2018).</summary>
public static partial class BleuText
{
    /// <summary>The words of a text.</summary>
    /// <param name="text">One segment.</param>
    /// <param name="tokens">What counts as a word.</param>
    public static string[] Tokens(string text, BleuTokens tokens)
    {
        string line = PythonSpace.TrimEnd(text);
        return tokens switch
        {
            BleuTokens.Mteval13A => Mteval(Unescape(line)),
            BleuTokens.Chinese => Mteval(Spaced(PythonSpace.Trim(line), IsChinese)),
            BleuTokens.Characters => PythonSpace.Split(Spaced(line, _ => true)),
            _ => PythonSpace.Split(line),
        };
    }

    // The script's own entities and marks of skipped or broken segments; the spaces let its rules see both ends of the line.
    private static string Unescape(string line)
    {
        line = line.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        line = line.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        return $" {line} ";
    }

    private static string[] Mteval(string line)
    {
        line = Signs().Replace(line, " $1 ");
        line = MarkAfterOther().Replace(line, "$1 $2 ");
        line = MarkBeforeOther().Replace(line, " $1 $2");
        return PythonSpace.Split(DashAfterDigit().Replace(line, "$1 $2 "));
    }

    private static string Spaced(string line, Func<Rune, bool> isAlone)
    {
        var spaced = new StringBuilder(line.Length * 2);
        foreach (Rune rune in line.EnumerateRunes())
        {
            spaced.Append(isAlone(rune) ? $" {rune} " : rune.ToString());
        }

        return spaced.ToString();
    }

    // sacrebleu's table. Its entries for the planes above U+FFFF are written with four digits and so mean U+2001..2A6D, which has
    // dashes and curly quotes, and U+2F81..2FA1; published scores depend on it.
    private static bool IsChinese(Rune rune) => rune.Value is
        (>= 0x3400 and <= 0x4DB5) or (>= 0x4E00 and <= 0x9FBB) or (>= 0xF900 and <= 0xFA2D) or (>= 0xFA30 and <= 0xFA6A)
        or (>= 0xFA70 and <= 0xFAD9) or (>= 0x2001 and <= 0x2A6D) or (>= 0xFF00 and <= 0xFFEF) or (>= 0x2E80 and <= 0x2FDF)
        or (>= 0x2FF0 and <= 0x303F) or (>= 0x31C0 and <= 0x31EF) or (>= 0x3100 and <= 0x312F) or (>= 0x31A0 and <= 0x31BF)
        or (>= 0xFE10 and <= 0xFE1F) or (>= 0xFE30 and <= 0xFE4F) or (>= 0x3200 and <= 0x33FF);

    [GeneratedRegex(@"([\{-\~\[-\` -\&\(-\+\:-\@\/])")]
    private static partial Regex Signs();

    [GeneratedRegex(@"([^0-9])([\.,])")]
    private static partial Regex MarkAfterOther();

    [GeneratedRegex(@"([\.,])([^0-9])")]
    private static partial Regex MarkBeforeOther();

    [GeneratedRegex("([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
