using System.Text.Json;
using Ratchet.Engine.Inference;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Inference;

public sealed class TokenSamplerTests
{
    [Fact]
    [Trait("Category", "Golden")]
    public void Probabilities_match_transformers_rule_by_rule()
    {
        foreach (FilterCase golden in Golden.Read<FilterCases>("sampling/filters.json").Cases)
        {
            var settings = golden.Settings;
            var config = new GenerationConfig
            {
                Temperature = settings.GetValueOrDefault("temperature") is { ValueKind: JsonValueKind.Number } t
                    ? t.GetSingle()
                    : 1f,
                TopK = (int)Number("top_k", 0),
                TopP = Number("top_p", 1),
                MinP = Number("min_p", 0),
                TypicalP = Number("typical_p", 1),
                RepetitionPenalty = Number("repetition_penalty", 1),
                PresencePenalty = Number("presence_penalty", 0),
                FrequencyPenalty = Number("frequency_penalty", 0),
                LogitBias = settings.TryGetValue("logit_bias", out JsonElement bias)
                    ? bias.EnumerateObject().ToDictionary(
                        p => int.Parse(p.Name, System.Globalization.CultureInfo.InvariantCulture), p => p.Value.GetSingle())
                    : [],
            };
            var sampler = new TokenSampler(config, golden.Logits.Length, golden.PromptIds);
            foreach (int id in golden.GeneratedIds)
            {
                sampler.Remember(id);
            }

            double[] actual = sampler.Probabilities(golden.Logits);

            int[] kept = [.. Enumerable.Range(0, actual.Length).Where(i => actual[i] > 0)];
            Assert.Equal(golden.Kept, kept);
            for (int i = 0; i < actual.Length; i++)
            {
                GoldenNumber.Near("sampling/filters.json", golden.Probabilities[i], actual[i], golden.Atol, 0, $"{golden.Name}: token {i}");
            }

            float Number(string name, float off) =>
                settings.TryGetValue(name, out JsonElement value) ? value.GetSingle() : off;
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Greedy_takes_the_lowest_id_of_the_largest()
    {
        foreach (ArgMaxCase golden in Golden.Read<List<ArgMaxCase>>("sampling/argmax.json"))
        {
            Assert.Equal(golden.Expected, TokenSampler.ArgMax(golden.Logits));
        }
    }

    // F78: seedable.
    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        float[] logits = [.. Enumerable.Range(0, 5000).Select(i => MathF.Sin(i) * 3)];
        var config = new GenerationConfig { TopP = 0.9f, Temperature = 0.8f, Seed = 5 };

        Assert.Equal(Draw(config), Draw(config));
        Assert.NotEqual(Draw(config), Draw(config with { Seed = 6 }));

        int[] Draw(GenerationConfig settings)
        {
            var sampler = new TokenSampler(settings, logits.Length, []);
            return [.. Enumerable.Range(0, 20).Select(_ => sampler.Next(logits))];
        }
    }

    [Fact]
    public void A_nucleus_found_in_the_head_is_the_nucleus_of_the_whole()
    {
        // 49,152 logits with many ties: the quick way through the head must leave what a full sort leaves.
        float[] logits = [.. Enumerable.Range(0, 49_152).Select(i => (i * 7919 % 1000) / 60f)];
        var sampler = new TokenSampler(new GenerationConfig { TopP = 0.3f }, logits.Length, []);

        double[] actual = sampler.Probabilities(logits);

        double[] all = Softmax(logits);
        double reached = 0;
        var expected = new SortedSet<int>();
        foreach (int id in Enumerable.Range(0, all.Length).OrderByDescending(i => all[i]).ThenBy(i => i))
        {
            expected.Add(id);
            reached += all[id];
            if (reached >= 0.3f)
            {
                break;
            }
        }

        Assert.Equal(expected, [.. Enumerable.Range(0, actual.Length).Where(i => actual[i] > 0)]);
    }

    private static double[] Softmax(float[] logits)
    {
        double[] p = [.. logits.Select(l => Math.Exp(l - logits.Max()))];
        double sum = p.Sum();
        return [.. p.Select(value => value / sum)];
    }

    private sealed record FilterCases(List<FilterCase> Cases);

    private sealed record FilterCase(
        string Name, float[] Logits, int[] PromptIds, int[] GeneratedIds, Dictionary<string, JsonElement> Settings,
        double[] Probabilities, int[] Kept, double Atol);

    private sealed record ArgMaxCase(float[] Logits, int Expected);
}
