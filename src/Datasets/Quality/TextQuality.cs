using System.Text.RegularExpressions;

namespace Ratchet.Datasets.Quality;

/// <summary>Finds text that a person would not have written like this (F29) and control tokens of models (F160).</summary>
public static partial class TextQuality
{
    /// <summary>The first place of text that was decoded wrongly, or a control character; null where the text is clean.</summary>
    public static string? GarbledPart(string text)
    {
        Match match = Garbled().Match(text);
        return match.Success ? match.Value : null;
    }

    /// <summary>The first control token of a known model family inside the text; null where there is none.</summary>
    public static string? SpecialToken(string text)
    {
        Match match = Special().Match(text);
        return match.Success ? match.Value : null;
    }

    // U+FFFD; UTF-8 read as Latin-1 or Windows-1252 (Ã©, â€™, Â°, ï»¿); GBK's well-known fillers; control characters.
    [GeneratedRegex(
        "\uFFFD|Ã[\u0080-\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\u0080-\u00BF™œ“”˜¢¦¡\u009D]|Â[\u00A0-\u00BF]|ï»¿|ï¿½|锟斤拷|烫烫烫|屯屯屯|[\u0000-\u0008\u000B\u000E-\u001F\u007F\u0080-\u0084\u0086-\u009F]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Garbled();

    [GeneratedRegex(
        @"<\|[A-Za-z_][A-Za-z0-9_\- ]{0,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad|unk)>|<｜[^｜<>]{1,40}｜>",
        RegexOptions.CultureInvariant)]
    private static partial Regex Special();
}
