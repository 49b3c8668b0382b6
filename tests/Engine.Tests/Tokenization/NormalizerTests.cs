using System.Text;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Normalization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Unicode's forms and the smaller normalisers, with the places that their characters come from.</summary>
public sealed class NormalizerTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B \u2126", "\u00C5 \u03A9", "A\u030A \u03A9", "\u00C5 \u03A9", "A\u030A \u03A9")]
    [InlineData("\uFB01 \u00BD \uFF21", "\uFB01 \u00BD \uFF21", "\uFB01 \u00BD \uFF21", "fi 1\u20442 A", "fi 1\u20442 A")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("a\u0308\u0323", "\u1EA1\u0308", "a\u0323\u0308", "\u1EA1\u0308", "a\u0323\u0308")]
    [InlineData("\u0958 \u2ADC \uFB2C", "\u0915\u093C \u2ADD\u0338 \u05E9\u05BC\u05C1", "\u0915\u093C \u2ADD\u0338 \u05E9\u05BC\u05C1", "\u0915\u093C \u2ADD\u0338 \u05E9\u05BC\u05C1", "\u0915\u093C \u2ADD\u0338 \u05E9\u05BC\u05C1")]
    [InlineData("\U0001D15E \U0001D400", "\U0001D157\U0001D165 \U0001D400", "\U0001D157\U0001D165 \U0001D400", "\U0001D157\U0001D165 A", "\U0001D157\U0001D165 A")]
    public void Forms_are_those_of_the_standard(string text, string composed, string decomposed, string compatiblyComposed, string compatiblyDecomposed)
    {
        Assert.Equal(composed, Apply(UnicodeForm.Composed, text));
        Assert.Equal(decomposed, Apply(UnicodeForm.Decomposed, text));
        Assert.Equal(compatiblyComposed, Apply(UnicodeForm.CompatiblyComposed, text));
        Assert.Equal(compatiblyDecomposed, Apply(UnicodeForm.CompatiblyDecomposed, text));
    }

    [Fact]
    public void Forms_of_forms_are_themselves_and_a_composed_form_decomposes_to_the_decomposed() => Claim.Holds(cases: 300, (random, size) =>
    {
        string text = string.Concat(Enumerable.Range(0, size).Select(_ => random.Next(3) switch
        {
            0 => new Rune(random.Next(0x300, 0x370)),
            1 => new Rune(random.Next(0x41, 0x250)),
            _ => new Rune(random.Next(2) == 0 ? random.Next(0xA0, 0xD800) : random.Next(0xE000, 0x20000)),
        }));

        string composed = Apply(UnicodeForm.Composed, text);
        string decomposed = Apply(UnicodeForm.Decomposed, text);
        Assert.Equal(composed, Apply(UnicodeForm.Composed, composed));
        Assert.Equal(composed, Apply(UnicodeForm.Composed, decomposed));
        Assert.Equal(decomposed, Apply(UnicodeForm.Decomposed, composed));
        Assert.Equal(Apply(UnicodeForm.CompatiblyComposed, text), Apply(UnicodeForm.CompatiblyComposed, decomposed));
    });

    [Theory]
    [InlineData("İSTANBUL ΣΊΣ ẞ", "i\u0307stanbul σίσ ß")]
    public void Lower_case_goes_character_by_character(string text, string lowered) => Assert.Equal(lowered, Apply(CharacterNormalizer.Lowercase, text));

    [Fact]
    public void Small_normalisers_change_what_they_say()
    {
        Assert.Equal("cafe", Apply(CharacterNormalizer.StripAccents, "cafe\u0301\u0489"));
        Assert.Equal("a b", Apply(CharacterNormalizer.Nmt, "\u0001a\u200Bb"));
        Assert.Equal("x ", Apply(new StripNormalizer(left: true, right: false), " \n x "));
        Assert.Equal("▁ x", Apply(new PrependNormalizer("▁"), " x"));
        Assert.Equal("", Apply(new PrependNormalizer("▁"), ""));
        Assert.Equal("▁a▁b", Apply(new SentencePieceSpacing(addsPrefix: true, removesExtra: true), "  a   b "));
        Assert.Equal("▁▁▁a▁", Apply(new SentencePieceSpacing(addsPrefix: true, removesExtra: false), "  a "));
    }

    [Fact]
    public void Each_character_knows_where_it_came_from()
    {
        NormalizedText text = UnicodeForm.Composed.Normalize(NormalizedText.Original("xe\u0301y".AsMemory(), 10, tracks: true));

        Assert.Equal("x\u00E9y", text.Chars.ToString());
        Assert.Equal([(10, 11), (11, 12), (13, 14)], Enumerable.Range(0, 3).Select(i => (text.Start(i), text.End(i))));
    }

    private static string Apply(ITextNormalizer normalizer, string text) =>
        normalizer.Normalize(NormalizedText.Original(text.AsMemory(), 0, tracks: true)).Chars.ToString();
}
