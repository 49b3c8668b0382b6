using System.Globalization;
using static System.Globalization.UnicodeCategory;

namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>Names that patterns have for sets of characters: <c>\p{Lu}</c>, <c>\w</c>, <c>[:punct:]</c>.</summary>
/// <remarks>Oniguruma's meaning, https://github.com/kkos/oniguruma, doc/RE, with Unicode: what Hugging Face's tokenizers run on.</remarks>
internal static class CharacterProperties
{
    /// <summary><c>\d</c>.</summary>
    internal static readonly CharacterSet Digit = CharacterSet.Categories(DecimalDigitNumber);

    /// <summary><c>\h</c>.</summary>
    internal static readonly CharacterSet HexDigit = CharacterSet.Ranges('0', '9', 'A', 'F', 'a', 'f');

    private static readonly CharacterSet Letter = CharacterSet.Categories(
        UppercaseLetter, LowercaseLetter, TitlecaseLetter, ModifierLetter, OtherLetter);

    private static readonly CharacterSet Mark = CharacterSet.Categories(NonSpacingMark, SpacingCombiningMark, EnclosingMark);

    private static readonly CharacterSet Punctuation = CharacterSet.Categories(
        ConnectorPunctuation, DashPunctuation, OpenPunctuation, ClosePunctuation, InitialQuotePunctuation, FinalQuotePunctuation, OtherPunctuation);

    // Circled and squared letters are symbols by category and Alphabetic all the same.
    private static readonly CharacterSet Alphabetic = Letter.Or(Mark).Or(CharacterSet.Categories(LetterNumber))
        .Or(CharacterSet.Ranges(0x24B6, 0x24E9, 0x1F130, 0x1F149, 0x1F150, 0x1F169, 0x1F170, 0x1F189));

    /// <summary><c>\w</c>.</summary>
    internal static readonly CharacterSet Word = Alphabetic.Or(Digit).Or(CharacterSet.Categories(ConnectorPunctuation));

    private static readonly CharacterSet Control = CharacterSet.Categories(UnicodeCategory.Control);

    private static readonly Dictionary<string, CharacterSet> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["L"] = Letter,
        ["Letter"] = Letter,
        ["Lu"] = CharacterSet.Categories(UppercaseLetter),
        ["Ll"] = CharacterSet.Categories(LowercaseLetter),
        ["Lt"] = CharacterSet.Categories(TitlecaseLetter),
        ["LC"] = CharacterSet.Categories(UppercaseLetter, LowercaseLetter, TitlecaseLetter),
        ["Lm"] = CharacterSet.Categories(ModifierLetter),
        ["Lo"] = CharacterSet.Categories(OtherLetter),
        ["M"] = Mark,
        ["Mark"] = Mark,
        ["Mn"] = CharacterSet.Categories(NonSpacingMark),
        ["Mc"] = CharacterSet.Categories(SpacingCombiningMark),
        ["Me"] = CharacterSet.Categories(EnclosingMark),
        ["N"] = CharacterSet.Categories(DecimalDigitNumber, LetterNumber, OtherNumber),
        ["Number"] = CharacterSet.Categories(DecimalDigitNumber, LetterNumber, OtherNumber),
        ["Nd"] = Digit,
        ["Digit"] = Digit,
        ["Nl"] = CharacterSet.Categories(LetterNumber),
        ["No"] = CharacterSet.Categories(OtherNumber),
        ["P"] = Punctuation,
        ["Punctuation"] = Punctuation,
        ["Punct"] = Punctuation.Or(CharacterSet.Ranges('$', '$', '+', '+', '<', '>', '^', '^', '`', '`', '|', '|', '~', '~')),
        ["Pc"] = CharacterSet.Categories(ConnectorPunctuation),
        ["Pd"] = CharacterSet.Categories(DashPunctuation),
        ["Ps"] = CharacterSet.Categories(OpenPunctuation),
        ["Pe"] = CharacterSet.Categories(ClosePunctuation),
        ["Pi"] = CharacterSet.Categories(InitialQuotePunctuation),
        ["Pf"] = CharacterSet.Categories(FinalQuotePunctuation),
        ["Po"] = CharacterSet.Categories(OtherPunctuation),
        ["S"] = CharacterSet.Categories(MathSymbol, CurrencySymbol, ModifierSymbol, OtherSymbol),
        ["Symbol"] = CharacterSet.Categories(MathSymbol, CurrencySymbol, ModifierSymbol, OtherSymbol),
        ["Sm"] = CharacterSet.Categories(MathSymbol),
        ["Sc"] = CharacterSet.Categories(CurrencySymbol),
        ["Sk"] = CharacterSet.Categories(ModifierSymbol),
        ["So"] = CharacterSet.Categories(OtherSymbol),
        ["Z"] = CharacterSet.Categories(SpaceSeparator, LineSeparator, ParagraphSeparator),
        ["Separator"] = CharacterSet.Categories(SpaceSeparator, LineSeparator, ParagraphSeparator),
        ["Zs"] = CharacterSet.Categories(SpaceSeparator),
        ["Zl"] = CharacterSet.Categories(LineSeparator),
        ["Zp"] = CharacterSet.Categories(ParagraphSeparator),
        ["C"] = CharacterSet.Categories(UnicodeCategory.Control, Format, Surrogate, PrivateUse, OtherNotAssigned),
        ["Other"] = CharacterSet.Categories(UnicodeCategory.Control, Format, Surrogate, PrivateUse, OtherNotAssigned),
        ["Cc"] = Control,
        ["Cntrl"] = Control,
        ["Cf"] = CharacterSet.Categories(Format),
        ["Cs"] = CharacterSet.Categories(Surrogate),
        ["Co"] = CharacterSet.Categories(PrivateUse),
        ["Cn"] = CharacterSet.Categories(OtherNotAssigned),
        ["Any"] = CharacterSet.All,
        ["Alpha"] = Alphabetic,
        ["Alphabetic"] = Alphabetic,
        ["Alnum"] = Alphabetic.Or(Digit),
        ["Space"] = CharacterSet.Space,
        ["WhiteSpace"] = CharacterSet.Space,
        ["Blank"] = CharacterSet.Categories(SpaceSeparator).Or(CharacterSet.One('\t')),
        ["Upper"] = CharacterSet.Categories(UppercaseLetter).Or(
            CharacterSet.Ranges(0x2160, 0x216F, 0x24B6, 0x24CF, 0x1F130, 0x1F149, 0x1F150, 0x1F169, 0x1F170, 0x1F189)),
        ["Word"] = Word,
        ["XDigit"] = HexDigit,
        ["Ascii"] = CharacterSet.Range(0, 0x7F),

        // Scripts, of Unicode's Scripts.txt: those that published patterns name.
        ["Han"] = CharacterSet.Ranges(
            0x2E80, 0x2E99, 0x2E9B, 0x2EF3, 0x2F00, 0x2FD5, 0x3005, 0x3005, 0x3007, 0x3007, 0x3021, 0x3029, 0x3038, 0x303B, 0x3400, 0x4DBF,
            0x4E00, 0x9FFF, 0xF900, 0xFA6D, 0xFA70, 0xFAD9, 0x16FE2, 0x16FE3, 0x16FF0, 0x16FF1, 0x20000, 0x2A6DF, 0x2A700, 0x2B739,
            0x2B740, 0x2B81D, 0x2B820, 0x2CEA1, 0x2CEB0, 0x2EBE0, 0x2EBF0, 0x2EE5D, 0x2F800, 0x2FA1D, 0x30000, 0x3134A, 0x31350, 0x323AF),
        ["Hiragana"] = CharacterSet.Ranges(
            0x3041, 0x3096, 0x309D, 0x309F, 0x1B001, 0x1B11F, 0x1B132, 0x1B132, 0x1B150, 0x1B152, 0x1F200, 0x1F200),
        ["Katakana"] = CharacterSet.Ranges(
            0x30A1, 0x30FA, 0x30FD, 0x30FF, 0x31F0, 0x31FF, 0x32D0, 0x32FE, 0x3300, 0x3357, 0xFF66, 0xFF6F, 0xFF71, 0xFF9D,
            0x1AFF0, 0x1AFF3, 0x1AFF5, 0x1AFFB, 0x1AFFD, 0x1AFFE, 0x1B000, 0x1B000, 0x1B120, 0x1B122, 0x1B155, 0x1B155, 0x1B164, 0x1B167),
        ["Hangul"] = CharacterSet.Ranges(
            0x1100, 0x11FF, 0x302E, 0x302F, 0x3131, 0x318E, 0x3200, 0x321E, 0x3260, 0x327E, 0xA960, 0xA97C, 0xAC00, 0xD7A3,
            0xD7B0, 0xD7C6, 0xD7CB, 0xD7FB, 0xFFA0, 0xFFBE, 0xFFC2, 0xFFC7, 0xFFCA, 0xFFCF, 0xFFD2, 0xFFD7, 0xFFDA, 0xFFDC),
    };

    /// <summary>The set of a name; null where it has none here. Case, spaces, <c>_</c> and <c>-</c> do not count.</summary>
    internal static CharacterSet? Find(string name)
    {
        string bare = string.Concat(name.Where(mark => mark is not (' ' or '_' or '-')));
        string script = bare.StartsWith("Script=", StringComparison.OrdinalIgnoreCase) ? bare[7..]
            : bare.StartsWith("sc=", StringComparison.OrdinalIgnoreCase) ? bare[3..] : bare;
        return Known.GetValueOrDefault(script);
    }
}
