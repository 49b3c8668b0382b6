using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Inference;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Serving;

/// <summary>The sampling fields that both completion routes share, checked and turned into the engine's settings.</summary>
public sealed record SamplingFields
{
    private const int StopsMax = 4;
    private const int StopLengthMax = 256;
    private const int LogitBiasMax = 1024;
    private const int ChoicesMax = 128;

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public float? MinP { get; init; }

    public float? RepetitionPenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    public float? PresencePenalty { get; init; }

    public Dictionary<string, float>? LogitBias { get; init; }

    public JsonElement? Stop { get; init; }

    public long? Seed { get; init; }

    public int? N { get; init; }

    /// <summary>
    /// These fields, and where the request says nothing what the model's makers say in generation_config.json, kept to what a request may say.
    /// </summary>
    public SamplingFields Or(GenerationConfigFile makers) => this with
    {
        Temperature = Temperature ?? (makers.Samples == false ? 0f : Kept(makers.Temperature, 0, 2)),
        TopP = TopP ?? Kept(makers.TopP, 0, 1),
        TopK = TopK ?? makers.TopK,
        RepetitionPenalty = RepetitionPenalty ?? Kept(makers.RepetitionPenalty, 0.01f, 10),
    };

    /// <summary>How many answers the request wants.</summary>
    public int ChoiceCount()
    {
        int n = N ?? 1;
        Require(n is >= 1 and <= ChoicesMax, "n", $"n is {n}; it must be from 1 to {ChoicesMax}.");
        return n;
    }

    /// <summary>Checks every field and builds the settings.</summary>
    /// <exception cref="ApiException">400, naming the field.</exception>
    public GenerationConfig ToConfig(int tokensMax, IReadOnlyList<int> stopTokens, bool wantsLogprobs, int topLogprobs)
    {
        float temperature = Temperature ?? 1f;
        float topP = TopP ?? 1f;
        int topK = TopK ?? 0;
        float minP = MinP ?? 0f;
        float repetition = RepetitionPenalty ?? 1f;
        float frequency = FrequencyPenalty ?? 0f;
        float presence = PresencePenalty ?? 0f;
        Require(temperature is >= 0 and <= 2, "temperature", $"temperature is {temperature}; it must be from 0 to 2.");
        Require(topP is >= 0 and <= 1, "top_p", $"top_p is {topP}; it must be from 0 to 1.");
        Require(topK >= -1, "top_k", $"top_k is {topK}; it must be 0 or -1 (off), or above.");
        Require(minP is >= 0 and <= 1, "min_p", $"min_p is {minP}; it must be from 0 to 1.");
        Require(
            repetition is > 0 and <= 10, "repetition_penalty",
            $"repetition_penalty is {repetition}; it must be above 0 and at most 10.");
        Require(
            frequency is >= -2 and <= 2, "frequency_penalty", $"frequency_penalty is {frequency}; it must be from -2 to 2.");
        Require(presence is >= -2 and <= 2, "presence_penalty", $"presence_penalty is {presence}; it must be from -2 to 2.");
        return new GenerationConfig
        {
            TokensMax = tokensMax,
            Temperature = temperature,
            TopP = topP,
            TopK = Math.Max(topK, 0),
            MinP = minP,
            RepetitionPenalty = repetition,
            FrequencyPenalty = frequency,
            PresencePenalty = presence,
            LogitBias = ReadBias(),
            Seed = Seed is { } seed ? unchecked((ulong)seed) : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)),
            StopTokens = stopTokens,
            StopTexts = ReadStops(),
            WantsLogprobs = wantsLogprobs,
            TopLogprobs = topLogprobs,
        };
    }

    private Dictionary<int, float> ReadBias()
    {
        var bias = new Dictionary<int, float>();
        Require(
            (LogitBias?.Count ?? 0) <= LogitBiasMax, "logit_bias",
            $"logit_bias names {LogitBias?.Count} tokens; at most {LogitBiasMax} are taken.");
        foreach ((string name, float value) in LogitBias ?? [])
        {
            Require(
                int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id), "logit_bias",
                $"logit_bias has the key '{name}'; keys must be token ids, such as \"50\".");
            Require(
                value is >= -100 and <= 100, "logit_bias", $"logit_bias of token {name} is {value}; it must be from -100 to 100.");
            bias[id] = value;
        }

        return bias;
    }

    private List<string> ReadStops()
    {
        var stops = new List<string>();
        switch (Stop?.ValueKind)
        {
            case null or JsonValueKind.Null or JsonValueKind.Undefined:
                break;
            case JsonValueKind.String:
                stops.Add(Stop.Value.GetString()!);
                break;
            case JsonValueKind.Array when Stop.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String):
                stops.AddRange(Stop.Value.EnumerateArray().Select(item => item.GetString()!));
                break;
            default:
                throw ApiException.BadField("stop", "stop must be a string, or a list of at most four strings.");
        }

        Require(stops.Count <= StopsMax, "stop", $"stop has {stops.Count} texts; at most {StopsMax} are taken.");
        Require(
            stops.All(stop => stop.Length is > 0 and <= StopLengthMax), "stop",
            $"Each text of stop must have from 1 to {StopLengthMax} characters.");
        return stops;
    }

    private static float? Kept(double? value, float least, float most) => value is { } number ? Math.Clamp((float)number, least, most) : null;

    private static void Require(bool holds, string param, string message)
    {
        if (!holds)
        {
            throw ApiException.BadField(param, message);
        }
    }
}
