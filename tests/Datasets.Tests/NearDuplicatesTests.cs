using System.Text.Json;
using Ratchet.Datasets.Quality;
using Ratchet.TestKit;

namespace Ratchet.Datasets.Tests;

/// <summary>Shingles, MinHash and what they find (F29).</summary>
public sealed class NearDuplicatesTests
{
    // Four standard deviations of 128 hashes.
    private const double EstimateTolerance = 0.18;

    private static readonly JsonElement Reference = Golden.Read<JsonElement>("retrieval/near-duplicates.json");
    private static readonly string[] Texts = [.. Reference.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    [Fact]
    [Trait("Category", "Golden")]
    public void Shingles_are_counted_as_in_the_reference()
    {
        Assert.Equal(
            Reference.GetProperty("shingle_counts").EnumerateArray().Select(count => count.GetInt32()),
            Texts.Select(text => Shingles.Of(text).Count));
    }

    [Theory]
    [InlineData("pairs_above")]
    [InlineData("pairs_from_0.3_to_threshold")]
    [Trait("Category", "Golden")]
    public void Similarity_is_exact_and_its_estimate_near(string pairs)
    {
        foreach (JsonElement pair in Reference.GetProperty(pairs).EnumerateArray())
        {
            HashSet<ulong> first = Shingles.Of(Texts[pair[0].GetInt32()]);
            HashSet<ulong> second = Shingles.Of(Texts[pair[1].GetInt32()]);

            GoldenNumber.Near("retrieval/near-duplicates.json", pair[2].GetDouble(), Shingles.Jaccard(first, second), 1e-12, 0, "a Jaccard similarity");
            Assert.Equal(pair[2].GetDouble(), MinHash.Similarity(MinHash.Signature(first), MinHash.Signature(second)), EstimateTolerance);
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Every_text_like_an_earlier_one_is_found_and_no_other()
    {
        var expected = new HashSet<int>();
        foreach (JsonElement pair in Reference.GetProperty("pairs_above").EnumerateArray())
        {
            // What repeats a text that was itself left out may have no counterpart left.
            if (!expected.Contains(pair[0].GetInt32()))
            {
                expected.Add(pair[1].GetInt32());
            }
        }

        var finder = new NearDuplicates();
        int[] found = [.. Texts.Index().Where(text => finder.Add(text.Index, text.Item) is not null).Select(text => text.Index)];

        Assert.Equal(expected.Order(), found);
    }

    [Fact]
    public void Among_thousands_each_is_found_again_and_no_other()
    {
        var finder = new NearDuplicates();
        var random = new Random(29);
        string[] texts = [.. Enumerable.Range(0, 3000).Select(_ => string.Join(' ', Enumerable.Range(0, 40).Select(_ => $"w{random.Next(500)}")))];

        Assert.All(texts.Index(), text => Assert.Null(finder.Add(text.Index, text.Item)));
        Assert.All(texts.Index(), text => Assert.Equal(text.Index, finder.Add(-1, text.Item + " w1")));
        Assert.All(texts.Index(), text => Assert.Equal(text.Index, finder.Add(-1, [.. text.Item.Split(' ')])));
    }

    [Fact]
    public void Chinese_is_compared_character_by_character()
    {
        var finder = new NearDuplicates();
        const string Text = "磨坊院前台周一至周五八点至五点三刻开放中午不休息欢迎大家前来修理自行车和各种家用电器";

        Assert.Null(finder.Add(1, Text));
        Assert.Equal(1, finder.Add(2, Text + "哦"));
        Assert.Null(finder.Add(3, "工具须干净归还；清洗混凝土搅拌机收三十三欧元，其他工具收十一欧元。"));
    }
}
