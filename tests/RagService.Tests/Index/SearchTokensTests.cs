using Ratchet.RagService.Index;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Index;

public sealed class SearchTokensTests
{
    [Fact]
    [Trait("Category", "Golden")]
    public void Words_and_bigrams_are_those_of_the_reference()
    {
        foreach (Case one in Golden.Read<List<Case>>("retrieval/cjk-bigrams.json"))
        {
            Assert.Equal(one.Tokens, SearchTokens.Of(one.Text));
        }
    }

    [Theory]
    [InlineData("机器学习", "机器 器学 学习")]
    [InlineData("你", "你")]
    [InlineData("用Python写代码", "用 python 写代 代码")]
    [InlineData("Hello, World 2024!", "hello world 2024")]
    [InlineData("", "")]
    public void Text_is_cut_into_words_and_pairs(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', SearchTokens.Of(text)));

    private sealed record Case(string Text, List<string> Tokens);
}
