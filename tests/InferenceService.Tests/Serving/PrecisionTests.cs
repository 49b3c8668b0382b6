using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Options;

namespace Ratchet.InferenceService.Tests.Serving;

/// <summary>Which numbers the service multiplies and keeps is a setting: each takes effect, and none changes what is said.</summary>
public sealed class PrecisionTests(ServedModel exact)
{
    private const string Question = "Name the capital of France.";

    [Theory]
    [InlineData("bfloat16")]
    [InlineData("int8")]
    public async Task The_encoder_multiplies_what_is_set_and_means_the_same(string precision)
    {
        await using WebApplicationFactory<Program> plain = OwnService.Serve(("Model:EncoderPrecision", "float32"));
        await using WebApplicationFactory<Program> other = OwnService.Serve(("Model:EncoderPrecision", precision));

        float[] expected = await EmbedAsync(plain);
        float[] actual = await EmbedAsync(other);

        Assert.NotEqual(expected, actual);
        Assert.InRange(expected.Zip(actual, (a, b) => a * b).Sum(), 0.999f, 1.0001f);
    }

    [Theory]
    [InlineData("float32", "int16", "same")]
    [InlineData("int8", "float32", "same")]
    [InlineData("int8", "int16", "same")]
    [InlineData("int8", "int16", "bfloat16")]
    public async Task Answers_are_those_of_exact_numbers_but_for_their_last_digits(string precision, string caches, string prompts)
    {
        await using WebApplicationFactory<Program> other = OwnService.Serve(
            ("Inference:Precision", precision), ("Inference:CachePrecision", caches), ("Inference:PromptPrecision", prompts));

        (string text, double[] logprobs) = await AskAsync(exact.Client);
        (string otherText, double[] otherLogprobs) = await AskAsync(await OwnService.ReadyAsync(other));

        Assert.Contains("Paris", text, StringComparison.Ordinal);
        Assert.Equal(text, otherText);
        Assert.NotEqual(logprobs, otherLogprobs);
        Assert.All(logprobs.Zip(otherLogprobs), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 0.25));
    }

    [Theory]
    [InlineData("Inference:CachePrecision", "int8", "must be auto, float32 or int16")]
    [InlineData("Inference:PromptPrecision", "float32", "must be auto, same or bfloat16")]
    [InlineData("Model:EncoderPrecision", "int16", "must be auto, float32, bfloat16 or int8")]
    public async Task A_precision_that_is_none_is_refused_at_the_start(string setting, string value, string expected)
    {
        await using WebApplicationFactory<Program> factory = OwnService.Serve((setting, value));

        OptionsValidationException refusal = Assert.Throws<OptionsValidationException>(() => factory.CreateClient());

        Assert.Contains($"{setting} {expected}", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<float[]> EmbedAsync(WebApplicationFactory<Program> factory)
    {
        JsonElement body = await OwnService.AskAsync(
            await OwnService.ReadyAsync(factory), "embeddings", new { model = "all-minilm-l6-v2", input = "The green ferry leaves pier nine at seven.", encoding_format = "float" });
        return [.. body.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(n => n.GetSingle())];
    }

    private static async Task<(string Text, double[] Logprobs)> AskAsync(HttpClient client)
    {
        JsonElement body = await OwnService.AskAsync(client, "chat/completions", new
        {
            model = ServedModel.Base,
            messages = new[] { new { role = "user", content = Question } },
            max_completion_tokens = 12,
            temperature = 0,
            logprobs = true,
        });
        JsonElement choice = body.GetProperty("choices")[0];
        return (
            choice.GetProperty("message").GetProperty("content").GetString()!,
            [.. choice.GetProperty("logprobs").GetProperty("content").EnumerateArray().Select(token => token.GetProperty("logprob").GetDouble())]);
    }
}
