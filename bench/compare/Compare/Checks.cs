using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Compare;

/// <summary>Whether both sides computed the same thing.</summary>
/// <param name="Name">What was held against what.</param>
/// <param name="Found">The figure.</param>
/// <param name="Bound">What it has to keep.</param>
/// <param name="Holds">Null where the other side is not there.</param>
internal sealed record Check(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("found")] string Found,
    [property: JsonPropertyName("bound")] string Bound,
    [property: JsonPropertyName("holds")] bool? Holds);

/// <summary>Same weights, same tokens: logits, greedy text, embeddings and training losses of both sides.</summary>
internal static class Checks
{
    // llama.cpp rounds to 8 bits what it multiplies: on this text float32 is 0.0095 from it. A wrong layer or token is some 1 away.
    private const double DivergenceMax = 0.03;

    // What our own rounding may add to that; llama.cpp's is 0.0034 from float32 on tests/golden/smollm2.
    private const double RoundingMax = 0.0034;
    private const double AgreementMin = 0.92;

    // Where both likeliest tokens are as near as that, either may be written; on the golden prompts llama.cpp's own margin is up to 0.25.
    private const double LeadMax = 0.5;
    private const int GreedyTokens = 24;

    private const double CosineMin = 0.999;

    // bf16 within 0.06 of float32 at every step; float32 within a hundredth of that.
    private const double LossTolerance = 0.06;
    private const int LoraSteps = 3;

    private const string Prompt = "The capital of France is";
    private const string Sentence = "A retrieval system keeps what the business knows within reach of the model.";

    public static IEnumerable<Func<Check>> All(Workplace place, bool isShort)
    {
        yield return () => Try("next-token distributions against llama.cpp's", place, Divergence);
        yield return () => Try("greedy text against llama.cpp's", place, Greedy);
        yield return () => Try("embedding against llama.cpp's", place, Embedding);
        if (!isShort)
        {
            yield return () => Try("losses of LoRA training against PyTorch's", place, Lora);
        }
    }

    private static Check Try(string name, Workplace place, Func<string, Workplace, Check> check)
    {
        try
        {
            return check(name, place);
        }
        catch (Exception failure) when (failure is PeerException or System.ComponentModel.Win32Exception or JsonException)
        {
            return new Check(name, failure.Message, "", null);
        }
    }

    private static Check Divergence(string name, Workplace place)
    {
        string file = Path.Combine(place.Peers, "logits.bin");
        string text = Path.Combine(place.Root, "docs", "architecture.md");
        place.Run(
            place.Llama("build", "llama-perplexity"),
            ["-m", place.Decoder, "-f", text, "-c", "512", "-b", "512", "--chunks", "2", "-t", "2", "-ngl", "0", "--kl-divergence-base", file],
            isMeasured: false);
        using var ours = JsonDocument.Parse(place.RunOurs("witness", "kl", file, "int8"));
        using var exact = JsonDocument.Parse(place.RunOurs("witness", "kl", file, "float32"));
        File.Delete(file);
        double distance = ours.RootElement.GetProperty("kl_mean").GetDouble();
        double exactDistance = exact.RootElement.GetProperty("kl_mean").GetDouble();
        double agreement = ours.RootElement.GetProperty("top1_agreement").GetDouble();
        return new Check(
            name,
            Text($"KL {distance:0.0000} in the mean of {ours.RootElement.GetProperty("positions").GetInt32()} places, {exactDistance:0.0000} from our float32; the same likeliest token at {agreement:P1}"),
            Text($"KL {DivergenceMax}, at most {RoundingMax} more than float32, {AgreementMin:P0}"),
            distance <= DivergenceMax && distance - exactDistance <= RoundingMax && agreement >= AgreementMin);
    }

    private static Check Greedy(string name, Workplace place)
    {
        string count = GreedyTokens.ToString(CultureInfo.InvariantCulture);
        string theirs = place.Run(
            place.Llama("build", "llama-completion"),
            ["-m", place.Decoder, "-p", Prompt, "-n", count, "--temp", "0", "-t", "2", "-ngl", "0", "-no-cnv", "--no-display-prompt", "--simple-io"],
            isMeasured: false);
        using var ours = JsonDocument.Parse(place.RunOurs("witness", "greedy", Prompt, count));
        int equal = 0;
        int at = 0;
        double? lead = null;
        foreach (JsonElement step in ours.RootElement.EnumerateArray())
        {
            string piece = step.GetProperty("text").GetString()!;
            if (string.CompareOrdinal(theirs, at, piece, 0, piece.Length) != 0)
            {
                lead = step.GetProperty("lead").GetDouble();
                break;
            }

            at += piece.Length;
            equal++;
        }

        return new Check(
            name, lead is null ? $"all {equal} tokens are equal" : Text($"{equal} tokens are equal; there the first two were {lead:0.000} apart"),
            $"equal, or the first two within {LeadMax} where not", lead is null || lead <= LeadMax);
    }

    private static Check Embedding(string name, Workplace place)
    {
        string theirs = place.Run(
            place.Llama("build", "llama-embedding"),
            ["-m", place.Encoder, "-p", Sentence, "-t", "2", "-ngl", "0", "--pooling", "mean", "--embd-normalize", "2", "--embd-output-format", "json"],
            isMeasured: false);
        using var right = JsonDocument.Parse(theirs[theirs.IndexOf('{', StringComparison.Ordinal)..]);
        double[] other = [.. right.RootElement.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(v => v.GetDouble())];
        double[] mine = JsonSerializer.Deserialize<double[]>(place.RunOurs("witness", "embed", Sentence))!;
        double cosine = mine.Zip(other).Sum(pair => pair.First * pair.Second)
            / Math.Sqrt(mine.Sum(v => v * v) * other.Sum(v => v * v));
        return new Check(name, Text($"cosine {cosine:0.00000}"), Text($"{CosineMin}"), cosine >= CosineMin);
    }

    private static Check Lora(string name, Workplace place)
    {
        string folder = Path.Combine(place.Peers, "lora");
        string steps = LoraSteps.ToString(CultureInfo.InvariantCulture);
        double[] mine = JsonSerializer.Deserialize<double[]>(place.RunOurs("witness", "lora", folder, steps))!;
        string output = place.RunPython("lora.py", folder, steps);
        using var theirs = JsonDocument.Parse(output);
        double[] other = [.. theirs.RootElement.GetProperty("losses").EnumerateArray().Select(v => v.GetDouble())];
        double worst = mine.Zip(other).Max(pair => Math.Abs(pair.First - pair.Second));
        return new Check(
            name,
            Text($"{string.Join(", ", mine.Select(v => Text($"{v:0.0000}")))} and {string.Join(", ", other.Select(v => Text($"{v:0.0000}")))}: at most {worst:0.0000} apart; PyTorch float32 does {Measured.Parse(output).Median:0} tokens/s"),
            Text($"{LossTolerance}"), worst <= LossTolerance);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
