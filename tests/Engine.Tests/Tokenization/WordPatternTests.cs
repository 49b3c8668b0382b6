using System.Text.RegularExpressions;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.PreTokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Walked patterns cut text as their regular expressions do, where .NET's engine sees whole characters: below U+10000.</summary>
public sealed class WordPatternTests
{
    private static readonly (IWordPattern Walked, Regex Written)[] Patterns =
    [
        (new Gpt2Pattern(digitsApart: false), new Regex(Gpt2Pattern.Source)),
        (new Cl100kPattern(digitsMax: 3), new Regex(Cl100kPattern.Llama3)),
        (new Cl100kPattern(digitsMax: 1), new Regex(Cl100kPattern.Qwen2)),
        (new Cl100kPattern(digitsMax: 1, marksAreLetters: true), new Regex(Cl100kPattern.Qwen35)),
    ];

    private static readonly string[] Parts =
    [
        "'s", "'LL", "'Ve", "'", "''", " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "1", "23", "4567", "½", "Ⅳ", "٣", "a", "Word", "é", "e\u0301",
        "中文", "ß", ".", "!?", "_", "#", "<|", "\u0903", "\u20DD", "\u200D", "\u0085", "\u2028", "가", "ـ",
    ];

    [Fact]
    public void Pieces_are_the_matches_of_the_expression() => Claim.Holds(cases: 400, (random, size) =>
    {
        string text = string.Concat(Enumerable.Range(0, size).Select(_ => random.Next(4) == 0
            ? ((char)random.Next(0x20, 0x3000)).ToString()
            : Parts[random.Next(Parts.Length)]));
        foreach ((IWordPattern walked, Regex written) in Patterns)
        {
            Assert.Equal(written.Matches(text).Select(match => match.Value), Cut(walked, text));
        }
    });

    [Theory]
    [InlineData("in 2024", "in| |2|0|2|4")]
    [InlineData("a  1 b½", "a|  |1| b|½")]
    public void Digits_that_stand_apart_take_no_space(string text, string pieces) =>
        Assert.Equal(pieces.Split('|'), Cut(new Gpt2Pattern(digitsApart: true), text));

    [Theory]
    [InlineData("𠮷𠜎 𝐁𝟙", "𠮷𠜎| 𝐁|𝟙")]
    [InlineData("🎉🎉x", "🎉🎉|x")]
    public void Letters_and_digits_beyond_the_first_plane_are_what_they_are(string text, string pieces) =>
        Assert.Equal(pieces.Split('|'), Cut(new Gpt2Pattern(digitsApart: false), text));

    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Delimiters_go_where_their_behaviour_says(string behavior, string pieces)
    {
        const string Text = "the-final--countdown";
        var cut = new List<Piece>();
        new DelimiterPreTokenizer(new TextDelimiter("-"), Enum.Parse<SplitBehavior>(behavior))
            .Split(new Piece(NormalizedText.Original(Text.AsMemory(), 0, tracks: false), 0, Text.Length), cut);

        Assert.Equal(pieces.Split('|'), cut.Select(piece => piece.Chars.ToString()));
    }

    [Fact]
    public void Added_tokens_look_at_their_neighbours()
    {
        var matcher = new AddedTokenMatcher(
        [
            new(1, "ab"), new(2, "abc"), new(3, "<m>") { StripsLeft = true, StripsRight = true }, new(4, "cat") { IsSingleWord = true },
        ]);

        Assert.Equal([(2, 0, 3), (1, 3, 2)], Found("abcab"));
        Assert.Equal([(3, 1, 7)], Found("x  <m>  y"));
        Assert.Equal([(4, 9, 3)], Found("catcat_ (cat)"));
        Assert.Empty(Found("concat cats"));

        List<(int Id, int Start, int Length)> Found(string text)
        {
            var found = new List<(int, int, int)>();
            int place = 0;
            while (matcher.TryFind(text, place, out int start, out int length, out int id))
            {
                found.Add((id, start, length));
                place = start + length;
            }

            return found;
        }
    }

    private static List<string> Cut(IWordPattern pattern, string text)
    {
        var pieces = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            int length = pattern.NextLength(text.AsSpan(at));
            pieces.Add(text.Substring(at, length));
            at += length;
        }

        return pieces;
    }
}
