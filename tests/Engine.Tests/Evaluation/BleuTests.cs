using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>BLEU and chrF against sacrebleu.</summary>
public sealed class BleuTests
{
    private const string File = "metrics/bleu.json";

    // Percentages.
    private const double Tolerance = 1e-7;

    public static TheoryData<string> Languages =>
        [.. Golden.Read<JsonElement>(File).EnumerateObject().Where(part => part.Value.ValueKind == JsonValueKind.Object).Select(part => part.Name)];

    [Theory]
    [MemberData(nameof(Languages))]
    [Trait("Category", "Golden")]
    public void Words_are_those_of_sacrebleu(string language)
    {
        JsonElement golden = Golden.Read<JsonElement>(File).GetProperty(language);
        string[] predictions = Texts(golden.GetProperty("predictions"));
        foreach (JsonProperty kind in golden.GetProperty("tokenized").EnumerateObject())
        {
            foreach ((string text, JsonElement expected) in predictions.Zip(kind.Value.EnumerateArray()))
            {
                // sacrebleu cuts a line at white space after its tokenizer.
                Assert.Equal(BleuText.Tokens(expected.GetString()!, BleuTokens.Spaces), BleuText.Tokens(text, Tokens(kind.Name)));
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Entities_and_marks_are_cut_as_mteval_cuts_them()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>(File).GetProperty("tokenize_13a").EnumerateArray())
        {
            Assert.Equal(item.GetProperty("tokenized").GetString(), string.Join(' ', BleuText.Tokens(item.GetProperty("text").GetString()!, BleuTokens.Mteval13A)));
        }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    [Trait("Category", "Golden")]
    public void Bleu_agrees_for_sets_and_for_single_segments(string language)
    {
        JsonElement golden = Golden.Read<JsonElement>(File).GetProperty(language);
        string[] predictions = Texts(golden.GetProperty("predictions"));
        string[][] references = [.. golden.GetProperty("references").EnumerateArray().Select(Texts)];
        foreach (JsonProperty kind in golden.GetProperty("corpus").EnumerateObject())
        {
            BleuTokens tokens = Tokens(kind.Name);
            Agree(kind.Value, Bleu.OfCorpus(predictions, references, tokens));
            Agree(golden.GetProperty("corpus_one_reference").GetProperty(kind.Name), Bleu.OfCorpus(predictions, [references[0]], tokens));
            JsonElement sentences = golden.GetProperty("sentence").GetProperty(kind.Name);
            for (int i = 0; i < predictions.Length; i++)
            {
                Agree(sentences[i], Bleu.OfSentence(predictions[i], [.. references.Select(list => list[i])], tokens));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    [Trait("Category", "Golden")]
    public void Chrf_agrees_for_sets_and_for_single_segments(string language)
    {
        JsonElement golden = Golden.Read<JsonElement>(File).GetProperty(language);
        string[] predictions = Texts(golden.GetProperty("predictions"));
        string[][] references = [.. golden.GetProperty("references").EnumerateArray().Select(Texts)];
        JsonElement chrf = golden.GetProperty("chrf2");
        Near(chrf.GetProperty("corpus"), Chrf.OfCorpus(predictions, references));
        Near(chrf.GetProperty("corpus_one_reference"), Chrf.OfCorpus(predictions, [references[0]]));
        Near(golden.GetProperty("chrf2++_corpus"), Chrf.OfCorpus(predictions, references, wordOrders: 2));
        for (int i = 0; i < predictions.Length; i++)
        {
            Near(chrf.GetProperty("sentence")[i], Chrf.OfSentence(predictions[i], [.. references.Select(list => list[i])]));
        }
    }

    [Fact]
    public void The_same_text_scores_everything_and_nothing_scores_nothing()
    {
        Assert.Equal(100, Bleu.OfSentence("one two three four five", ["one two three four five"]).Score, Tolerance);
        Assert.Equal(0, Bleu.OfSentence("", ["one two"]).Score);
        Assert.Equal(100, Chrf.OfSentence("abc def", ["abc def"], wordOrders: 2), Tolerance);
        Assert.Equal(0, Chrf.OfSentence("", ["abc"]));
    }

    [Fact]
    public void Curly_quotes_stand_alone_in_chinese() =>
        Assert.Equal(["他", "说", "“", "好", "”", "ok"], BleuText.Tokens("他说“好”ok", BleuTokens.Chinese));

    [Fact]
    public void Lists_of_different_length_are_refused_with_their_lengths()
    {
        Assert.Contains("2 predictions and reference lists of 1", Assert.Throws<ArgumentException>(() => Bleu.OfCorpus(["a", "b"], [["a"]])).Message);
        Assert.Contains("2 predictions and reference lists of 1", Assert.Throws<ArgumentException>(() => Chrf.OfCorpus(["a", "b"], [["a"]])).Message);
        Assert.Throws<ArgumentException>(() => Bleu.OfSentence("a", []));
    }

    private static BleuTokens Tokens(string name) => name switch
    {
        "13a" => BleuTokens.Mteval13A,
        "zh" => BleuTokens.Chinese,
        "char" => BleuTokens.Characters,
        "none" => BleuTokens.Spaces,
        _ => throw new NotSupportedException($"The golden file asks for the tokenizer '{name}'."),
    };

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static void Agree(JsonElement expected, BleuScore actual)
    {
        Near(expected.GetProperty("score"), actual.Score);
        Near(expected.GetProperty("brevity_penalty"), actual.BrevityPenalty);
        foreach ((JsonElement precision, double found) in expected.GetProperty("precisions").EnumerateArray().Zip(actual.Precisions))
        {
            Near(precision, found);
        }

        Assert.Equal(expected.GetProperty("prediction_length").GetInt32(), actual.PredictionLength);
        Assert.Equal(expected.GetProperty("reference_length").GetInt32(), actual.ReferenceLength);
        Assert.Equal(expected.GetProperty("matches").EnumerateArray().Select(count => count.GetInt32()), actual.Matches);
        Assert.Equal(expected.GetProperty("totals").EnumerateArray().Select(count => count.GetInt32()), actual.Totals);
    }

    private static void Near(JsonElement expected, double actual) => GoldenNumber.Near(File, expected.GetDouble(), actual, Tolerance, 0, "a score");
}
