using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>ROUGE against rouge_score, and its mode for Chinese (F89).</summary>
public sealed class RougeTests
{
    private const double Tolerance = 1e-9;

    [Theory]
    [InlineData("plain", RougeTokens.Words)]
    [InlineData("stemmed", RougeTokens.Stems)]
    [Trait("Category", "Golden")]
    public void English_agrees_with_rouge_score(string kind, RougeTokens tokens)
    {
        var golden = Golden.Read<JsonElement>("metrics/rouge.json");
        var scores = new List<RougeScore>();
        foreach (JsonElement pair in golden.GetProperty("pairs").EnumerateArray())
        {
            RougeScore score = Rouge.Score(pair.GetProperty("prediction").GetString()!, pair.GetProperty("reference").GetString()!, tokens);
            scores.Add(score);
            Agree(pair.GetProperty(kind), score, hasLineScore: true);
        }

        Agree(golden.GetProperty("mean").GetProperty(kind), Rouge.Mean(scores), hasLineScore: true);
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Stems_agree_with_the_stemmer_of_rouge_score()
    {
        foreach (JsonProperty word in Golden.Read<JsonElement>("metrics/rouge.json").GetProperty("stems").EnumerateObject())
        {
            Assert.Equal(word.Value.GetString(), PorterStemmer.Stem(word.Name));
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Chinese_agrees_character_by_character()
    {
        var golden = Golden.Read<JsonElement>("metrics/rouge-chinese.json");
        var scores = new List<RougeScore>();
        foreach (JsonElement pair in golden.GetProperty("pairs").EnumerateArray())
        {
            string reference = pair.GetProperty("reference").GetString()!;
            RougeScore score = Rouge.Score(pair.GetProperty("prediction").GetString()!, reference, RougeTokens.CjkCharacters);
            scores.Add(score);
            Assert.Equal(
                pair.GetProperty("char_tokens").GetProperty("reference").EnumerateArray().Select(token => token.GetString()!),
                Rouge.Tokens(reference, RougeTokens.CjkCharacters));
            Agree(pair.GetProperty("char"), score, hasLineScore: false);
        }

        Agree(golden.GetProperty("mean").GetProperty("char"), Rouge.Mean(scores), hasLineScore: false);
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Chinese_cut_by_a_segmenter_agrees()
    {
        var golden = Golden.Read<JsonElement>("metrics/rouge-chinese.json");
        var scores = new List<RougeScore>();
        foreach (JsonElement pair in golden.GetProperty("pairs").EnumerateArray())
        {
            JsonElement words = pair.GetProperty("jieba_tokens");
            RougeScore score = Rouge.Score(Words(words.GetProperty("prediction")), Words(words.GetProperty("reference")));
            scores.Add(score);
            Agree(pair.GetProperty("jieba"), score, hasLineScore: false);
        }

        Agree(golden.GetProperty("mean").GetProperty("jieba"), Rouge.Mean(scores), hasLineScore: false);

        static string[] Words(JsonElement list) => [.. list.EnumerateArray().Select(word => word.GetString()!)];
    }

    [Fact]
    public void Words_alone_give_chinese_nothing()
    {
        Assert.Equal(0, Rouge.Score("前台开放", "前台开放").RougeL.F1);
        Assert.Equal(1, Rouge.Score("前台开放", "前台开放", RougeTokens.CjkCharacters).RougeL.F1);
    }

    private static void Agree(JsonElement expected, RougeScore actual, bool hasLineScore)
    {
        Agree(expected.GetProperty("rouge1"), actual.Rouge1);
        Agree(expected.GetProperty("rouge2"), actual.Rouge2);
        Agree(expected.GetProperty("rougeL"), actual.RougeL);
        if (hasLineScore)
        {
            Agree(expected.GetProperty("rougeLsum"), actual.RougeLSum);
        }
    }

    private static void Agree(JsonElement expected, OverlapScore actual)
    {
        GoldenNumber.Near("metrics/rouge*.json", expected.GetProperty("precision").GetDouble(), actual.Precision, Tolerance, 0, "precision");
        GoldenNumber.Near("metrics/rouge*.json", expected.GetProperty("recall").GetDouble(), actual.Recall, Tolerance, 0, "recall");
        GoldenNumber.Near("metrics/rouge*.json", expected.GetProperty("f1").GetDouble(), actual.F1, Tolerance, 0, "f1");
    }
}
