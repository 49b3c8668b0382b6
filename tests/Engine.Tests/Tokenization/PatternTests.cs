using System.Text.RegularExpressions;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.Engine.Tokenization.Patterns;
using Ratchet.Engine.Tokenization.PreTokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Patterns of tokenizers, as Oniguruma reads them: against .NET's engine where the two mean the same, and case by case where not.</summary>
public sealed class PatternTests
{
    private static readonly string[] Parts =
    [
        "'s", "'LL", "'Ve", "'", " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "1", "23", "4567", "½", "Ⅳ", "٣", "a", "Word", "CamelCase", "ABC", "é",
        "e\u0301", "中文", "かな", "カナ", "ß", "ǅ", "ʰ", ".", "!?", "_", "#", "/", "<|", "\u0903", "\u20DD", "\u200D", "\u0085", "\u2028", "가", "ـ", "，", "…", "$+",
    ];

    // Above U+FFFF, where .NET's engine sees halves.
    private static readonly string[] Astral = ["𠮷", "𝐁", "𝟙", "🎉", "𐐀", "𞤀", "\uD83D", "\uDE00"];

    public static TheoryData<string> Names => [.. GgufPatterns.Names];

    [Fact]
    public void Matches_are_those_of_another_engine()
    {
        string[] patterns =
        [
            Gpt2Pattern.Source, Cl100kPattern.Llama3, Cl100kPattern.Qwen2, Cl100kPattern.Qwen35, @"\s+$", @"\s?\p{P}+", @"[^\n]+|[\n]+", @"\d{2,3}?[a-z]*",
            @"(?i:straße|word)|\p{Lu}\p{Ll}*", @"(?<=\s)\p{L}+|(?<!\p{L})\d", @"(?>\p{L}+)\d|\p{L}", @"(?:ab|a)(?:b|\s)??.", @"\P{L}+?(?=\p{L}|$)", "(?:a|Word|1)*?2|[A-C]{2}",
            .. GgufPatterns.Stages("gpt-4o"), .. GgufPatterns.Stages("tekken"), .. GgufPatterns.Stages("deepseek-v3"), .. GgufPatterns.Stages("deepseek-coder"),
            .. GgufPatterns.Stages("falcon"), .. GgufPatterns.Stages("viking"), .. GgufPatterns.Stages("youtu"), .. GgufPatterns.Stages("jais-2"),
            .. GgufPatterns.Stages("seed-coder"), .. GgufPatterns.Stages("exaone-moe"), .. GgufPatterns.Stages("minicpm5"), .. GgufPatterns.Stages("superbpe"),
        ];
        (ExpressionDelimiter Ours, Regex Theirs)[] pairs =
        [
            .. patterns.Select(pattern => (new ExpressionDelimiter(PatternProgram.Read(pattern)),
                new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Multiline, TimeSpan.FromSeconds(30)))),
        ];
        Claim.Holds(cases: 300, (random, size) =>
        {
            string text = Text(random, size, Parts);
            foreach ((ExpressionDelimiter ours, Regex theirs) in pairs)
            {
                Assert.Equal(theirs.Matches(text).Select(match => (match.Index, match.Length)).Where(match => match.Length > 0), Found(ours, text));
            }
        });
    }

    [Fact]
    public void Code_of_its_own_finds_what_its_pattern_says() => Claim.Holds(cases: 400, (random, size) =>
    {
        string text = Text(random, size, [.. Parts, .. Astral]);
        foreach ((IWordPattern walked, string pattern) in new (IWordPattern, string)[]
        {
            (new Gpt2Pattern(digitsApart: false), Gpt2Pattern.Source), (new Cl100kPattern(digitsMax: 3), Cl100kPattern.Llama3),
            (new Cl100kPattern(digitsMax: 1), Cl100kPattern.Qwen2), (new Cl100kPattern(digitsMax: 1, marksAreLetters: true), Cl100kPattern.Qwen35),
        })
        {
            Assert.Equal(
                Pieces(new DelimiterPreTokenizer(new ExpressionDelimiter(PatternProgram.Read(pattern)), SplitBehavior.Isolated), text),
                Pieces(new PatternPreTokenizer(walked), text));
        }

        Assert.Equal(
            Pieces(new SequencePreTokenizer([Isolated(@"\p{N}"), Isolated(Gpt2Pattern.Source)]), text),
            Pieces(new PatternPreTokenizer(new Gpt2Pattern(digitsApart: true)), text));
        foreach ((string pattern, IDelimiter walked) in RegularDelimiters.Walked)
        {
            Assert.Equal(Found(new ExpressionDelimiter(PatternProgram.Read(pattern)), text), Found(walked, text));
        }
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_that_a_named_way_cuts_is_whole(string name)
    {
        IPreTokenizer cut = GgufPatterns.Find(name)!;
        Claim.Holds(cases: 60, (random, size) =>
        {
            string text = Text(random, size, [.. Parts, .. Astral]);
            string[] pieces = Pieces(cut, text);
            Assert.Equal(text, string.Concat(pieces));
            Assert.DoesNotContain("", pieces);
        });
    }

    [Theory]
    [InlineData("gpt-4o", "CamelCase HTTPServer I'LL 12345 中文ab", "Camel|Case| HTTPServer| I'LL| |123|45| 中文ab")]
    [InlineData("tekken", "CamelCase I'll 12", "Camel|Case| I|'ll| |1|2")]
    [InlineData("deepseek-v3", "x=12345 中文ab (hi)\n", "x|=|123|45| |中文|ab| (|hi|)\n")]
    [InlineData("deepseek-coder", "a  b\n12", "a| | b|\n|1|2")]
    [InlineData("deepseek-llm", "hello, 中文 12  ", "hello|,| |中文| |12|  ")]
    [InlineData("falcon", "a$b 12345", "a|$|b| |123|45")]
    [InlineData("tiny_aya", "1234567 a", "1|234|567| a")]
    [InlineData("afmoe", "12345 a", "12|345| a")]
    [InlineData("superbpe", "a 1234567", "a |1|234|567")]
    [InlineData("kimi-k2", "漢字kanji ABC", "漢字|kanji| ABC")]
    [InlineData("bloom", "Hi (a), b", "Hi| (|a|),| b")]
    [InlineData("minicpm5", "a12345", "a|123|45")]
    public void Named_ways_cut_as_their_models_do(string name, string text, string pieces) =>
        Assert.Equal(pieces.Split('|'), Pieces(GgufPatterns.Find(name)!, text));

    [Theory]
    [InlineData(@"\p{N}{1,3}+", "1234567", "1234567")] // Not possessive: a repetition of a repetition.
    [InlineData(@"a{2}?", "aaa", "aa")]
    [InlineData(@"a{,2}b", "aaab", "aab")]
    [InlineData(@"a{b}", "a{b}", "a{b}")]
    [InlineData(@"a++a", "aaa", "")]
    [InlineData(@"a(?i)b|c", "aB aC C", "aB|aC")]
    [InlineData(@"(?i:k)", "kK\u212A", "k|K|\u212A")]
    [InlineData(@"(?m:.+)", "a\nb", "a\nb")]
    [InlineData(@".+", "a\nb", "a|b")]
    [InlineData(@"^a|b$", "a\na b\nb", "a|a|b|b")]
    [InlineData(@"\Aa|a\z", "aba", "a|a")]
    [InlineData(@"\bno\b", "no know no", "no|no")]
    [InlineData(@"[]a]+", "]a]", "]a]")]
    [InlineData(@"[a-c&&[^b]]+", "abcb", "a|c")]
    [InlineData(@"[[:alpha:][:digit:]-]+", "a-1, b", "a-1|b")]
    [InlineData(@"\x{1F389}|\u00e9|\x41", "🎉éA", "🎉|é|A")]
    [InlineData(@"[𝐀-𝐙]+", "𝐁𝐂a", "𝐁𝐂")]
    [InlineData(@"\w+", "a_1½Ⓐé\u0301", "a_1|Ⓐé\u0301")]
    [InlineData(@"\h+", "xFFz", "FF")]
    [InlineData(@"\p{^L}+|\P{^Lu}", "aB1", "B|1")]
    [InlineData(@"(?<word>\p{L}+)(?#a word)\s", "ab c", "ab ")]
    [InlineData(@"(?<=ab|c)d", "abd cd d", "d|d")]
    [InlineData(@"(?<!ab|c)d", "abd cd d", "d")]
    [InlineData(@"\p{Script=Han}+|\p{Hiragana}", "漢字か", "漢字|か")]
    public void Patterns_mean_what_their_writers_mean(string pattern, string text, string matches) => Assert.Equal(
        matches.Length == 0 ? [] : matches.Split('|'),
        Found(new ExpressionDelimiter(PatternProgram.Read(pattern)), text).Select(match => text.Substring(match.Start, match.Length)));

    [Theory]
    [InlineData(@"(a)\1", "character 4", @"'\1'")]
    [InlineData(@"a(?P=x)", "character 4", "a group of a kind")]
    [InlineData(@"(?:a*)*", "character 8", "may be empty")]
    [InlineData(@"(ab", "character 1", "without end")]
    [InlineData(@"ab)", "character 3", "closes nothing")]
    [InlineData(@"[a-", "character 1", "without end")]
    [InlineData(@"[z-a]", "character 2", "ends before it begins")]
    [InlineData(@"\p{Klingon}", "character 3", "'Klingon'")]
    [InlineData(@"(?<=a+)b", "character 8", "several lengths")]
    [InlineData(@"*a", "character 1", "a repetition of nothing")]
    [InlineData(@"\X", "character 1", @"'\X'")]
    [InlineData(@"(?:(?:a{1000}){1000}){1000}", "steps", "simpler")]
    public void What_is_not_known_is_refused_with_its_place(string pattern, string where, string what)
    {
        VocabularyException fault = Assert.Throws<VocabularyException>(() => PatternProgram.Read(pattern));

        Assert.Contains(where, fault.Message, StringComparison.Ordinal);
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Work is bounded by steps, not by time: each of these would take more than 2^30 steps by trying alone.</summary>
    [Theory]
    [InlineData("(a+)+b", 5_000, true)]
    [InlineData("(a|aa)+b", 5_000, true)]
    [InlineData("a*a*a*a*a*b", 200, true)]
    [InlineData(@"\s+$", 100_000, true)]
    [InlineData(@"\d{1,3}(?=(?:\d{3})*\b)", 90_000, true)]
    [InlineData("(?:(?=a*b)a)+", 20_000, true)]
    [InlineData("(?=(?:aa?)*b|(?:a?a)*c)a", 20_000, false)]
    public void Work_is_bounded(string pattern, int length, bool goesThrough)
    {
        char of = pattern.Contains(@"\s", StringComparison.Ordinal) ? ' ' : pattern.Contains(@"\d", StringComparison.Ordinal) ? '1' : 'a';
        string text = new string(of, length) + (of == ' ' ? "x" : "-");
        var delimiter = new ExpressionDelimiter(PatternProgram.Read(pattern));

        if (goesThrough)
        {
            List<(int, int)> found = Found(delimiter, text);
            Assert.Equal(of == '1' ? length / 3 : 0, found.Count);
        }
        else
        {
            _ = Assert.ThrowsAny<VocabularyException>(() => Found(delimiter, text));
        }
    }

    private static DelimiterPreTokenizer Isolated(string pattern) => new(new ExpressionDelimiter(PatternProgram.Read(pattern)), SplitBehavior.Isolated);

    private static string Text(Random random, int size, string[] parts) => string.Concat(Enumerable.Range(0, size).Select(_ => random.Next(4) == 0
        ? ((char)random.Next(0x20, 0x3000)).ToString()
        : parts[random.Next(parts.Length)]));

    private static List<(int Start, int Length)> Found(IDelimiter delimiter, string text)
    {
        var found = new List<(int Start, int Length)>();
        delimiter.FindAll(text, found);
        return [.. found.Where(match => match.Length > 0)];
    }

    private static string[] Pieces(IPreTokenizer cut, string text)
    {
        var pieces = new List<Piece>();
        cut.Split(new Piece(NormalizedText.Original(text.AsMemory(), 0, tracks: false), 0, text.Length), pieces);
        return [.. pieces.Select(piece => piece.Chars.ToString())];
    }
}
