using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Added tokens in a text: the leftmost, and of those the longest.</summary>
public sealed class AddedTokenMatcherTests
{
    [Theory]
    [InlineData("x <a> y", 2, 3, 1)]
    [InlineData("x <ab> y", 2, 4, 2)]
    [InlineData("[c]<a>", 0, 3, 4)]
    [InlineData("<a]<abc", 3, 4, 3)]
    public void The_leftmost_is_found_and_of_those_the_longest(string text, int start, int length, int id)
    {
        var matcher = new AddedTokenMatcher([new(1, "<a>"), new(4, "[c]"), new(2, "<ab>"), new(3, "<abc"), new(5, "")]);

        Assert.True(matcher.TryFind(text, 0, out int foundStart, out int foundLength, out int foundId));
        Assert.Equal((start, length, id), (foundStart, foundLength, foundId));
    }

    [Fact]
    public void Of_two_that_are_spelt_alike_the_one_named_first_is_meant()
    {
        AddedToken[] others = [.. Enumerable.Range(100, 40).Select(id => new AddedToken(id, $"<{id}>"))];
        var matcher = new AddedTokenMatcher([.. others, new(7, "<same>"), new(3, "<same>"), .. others]);

        Assert.True(matcher.TryFind("a <same>", 0, out _, out _, out int id));
        Assert.Equal(7, id);
    }

    [Fact]
    public void Where_there_are_none_nothing_is_found()
    {
        var matcher = new AddedTokenMatcher([]);

        Assert.True(matcher.IsEmpty);
        Assert.False(matcher.TryFind("anything", 0, out _, out _, out _));
    }
}
