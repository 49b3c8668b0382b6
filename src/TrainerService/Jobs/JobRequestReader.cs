using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Reads the body of a job's creation; what it refuses, it refuses with all faults at once.</summary>
public static class JobRequestReader
{
    private static readonly HashSet<string> ExtraNames =
        [.. typeof(TrainingSettings).GetProperties().Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))];

    public static JobRequest Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new ApiException(
                400, "invalid_type", $"The body is a JSON {RequestFaults.Kind(body)}; an object with 'model' and 'training_file' is needed.");
        }

        RequireText(body);
        var faults = new RequestFaults();
        JsonElement hyperparameters = default;
        JsonElement extras = RequestFaults.Member(body, "x_ratchet");
        JsonElement method = RequestFaults.Member(body, "method");
        string? type = null;
        if (faults.IsObject(method, "method"))
        {
            type = faults.Text(method, "type", "method.type", required: true);
            if (type is not (null or TrainingObjectives.Supervised or TrainingObjectives.Preference))
            {
                faults.Add(
                    "method.type",
                    $"'{type}' is not a method of this service. It trains 'supervised' and 'dpo'; send one of them, or leave 'method' out.");
            }

            string name = type ?? TrainingObjectives.Supervised;
            JsonElement own = RequestFaults.Member(method, name);
            if (faults.IsObject(own, $"method.{name}"))
            {
                hyperparameters = RequestFaults.Member(own, "hyperparameters");
            }
        }

        hyperparameters = hyperparameters.ValueKind == JsonValueKind.Undefined
            ? RequestFaults.Member(body, "hyperparameters") : hyperparameters;
        bool has = faults.IsObject(hyperparameters, "hyperparameters");
        if (has && RequestFaults.Member(hyperparameters, "x_ratchet").ValueKind is JsonValueKind.Object or JsonValueKind.String)
        {
            extras = RequestFaults.Member(hyperparameters, "x_ratchet");
        }

        var request = new JobRequest
        {
            Model = faults.Text(body, "model", "model", required: true) ?? "",
            TrainingFile = faults.Text(body, "training_file", "training_file", required: true) ?? "",
            ValidationFile = faults.Text(body, "validation_file", "validation_file"),
            Suffix = Suffix(faults, body),
            Seed = (int?)faults.Number(body, "seed", "seed", 0, int.MaxValue, whole: true),
            BatchSize = has
                ? (int?)faults.Number(hyperparameters, "batch_size", "hyperparameters.batch_size", 1, 256, whole: true) : null,
            LearningRateMultiplier = has
                ? faults.Number(
                    hyperparameters, "learning_rate_multiplier", "hyperparameters.learning_rate_multiplier", 1e-6, 1000)
                : null,
            EpochCount = has
                ? (int?)faults.Number(hyperparameters, "n_epochs", "hyperparameters.n_epochs", 1, 50, whole: true) : null,
            Extras = WithMethod(faults, Extras(faults, extras), type, has ? hyperparameters : default),
            Metadata = Metadata(faults, body),
            Integrations = RequestFaults.Member(body, "integrations") is { ValueKind: JsonValueKind.Array } list ? list.Clone() : null,
        };
        CheckValidation(faults, request);
        faults.ThrowIfAny();
        return request;
    }

    // The parser lets broken characters through and stops at them where a text is asked for: asked for here, all of them.
    private static void RequireText(JsonElement body)
    {
        try
        {
            Walk(body);
        }
        catch (InvalidOperationException problem)
        {
            throw new ApiException(400, "invalid_json", $"A text in the body is no Unicode: {problem.Message} Send UTF-8, and surrogates in pairs.");
        }

        static void Walk(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    _ = element.GetString();
                    break;
                case JsonValueKind.Array:
                    foreach (JsonElement item in element.EnumerateArray())
                    {
                        Walk(item);
                    }

                    break;
                case JsonValueKind.Object:
                    foreach (JsonProperty property in element.EnumerateObject())
                    {
                        _ = property.Name;
                        Walk(property.Value);
                    }

                    break;
            }
        }
    }

    private static string? Suffix(RequestFaults faults, JsonElement body)
    {
        string? suffix = faults.Text(body, "suffix", "suffix");
        if (suffix is not null && (suffix.Length is 0 or > 64 || suffix.Any(c => !IsSuffixCharacter(c))))
        {
            faults.Add(
                "suffix",
                $"'{suffix}' has {suffix.Length} characters. 1 to 64 letters, digits, '-', '_' or '.' are needed, because it "
                + "becomes a part of the model's name.");
        }

        return suffix;
    }

    private static bool IsSuffixCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private static TrainingSettings Extras(RequestFaults faults, JsonElement extras)
    {
        if (extras.ValueKind == JsonValueKind.String)
        {
            extras = JsonSerializer.SerializeToElement(LlamaFactorySettings.Read(faults, extras.GetString()!) ?? []);
        }

        if (!faults.IsObject(extras, "x_ratchet"))
        {
            return new TrainingSettings();
        }

        var kept = new Dictionary<string, JsonElement>();
        foreach (JsonProperty property in extras.EnumerateObject())
        {
            if (!ExtraNames.Contains(property.Name))
            {
                faults.Add(
                    $"x_ratchet.{property.Name}",
                    $"There is no such setting. Known: {string.Join(", ", ExtraNames.Order(StringComparer.Ordinal))}.");
            }
            else if (property.Value.ValueKind == JsonValueKind.String && property.NameEquals("target_modules"))
            {
                kept[property.Name] = JsonSerializer.SerializeToElement(new[] { property.Value.GetString() });
            }
            else if (!(property.Value.ValueKind == JsonValueKind.String && property.Value.ValueEquals("auto")))
            {
                kept[property.Name] = property.Value;
            }
        }

        TrainingSettings settings;
        try
        {
            settings = JsonSerializer.SerializeToElement(kept).Deserialize<TrainingSettings>(WireJson.Options)!;
        }
        catch (JsonException e)
        {
            string path = e.Path?.TrimStart('$', '.') ?? "";
            faults.Add($"x_ratchet.{path}", $"{e.Message.Split(" Path:", 2)[0]} A value of that type, or \"auto\", is needed.");
            return new TrainingSettings();
        }

        Check(faults, settings);
        return settings;
    }

    // What OpenAI's clients say in the method is the same setting as x_ratchet's.
    private static TrainingSettings WithMethod(RequestFaults faults, TrainingSettings extras, string? type, JsonElement hyperparameters)
    {
        double? beta = faults.Number(hyperparameters, "beta", "hyperparameters.beta", 1e-6, 2);
        if (type is not null && extras.Objective is { } objective && objective != type)
        {
            faults.Add("x_ratchet.objective", $"'{objective}' was found with the method.type '{type}'. They say the same: send one of them, or both alike.");
        }

        TrainingSettings both = extras with { Objective = type ?? extras.Objective, Beta = beta ?? extras.Beta };
        PreferenceSettingsCheck.Run(faults, both);
        ModelSettingsCheck.Run(faults, both);
        return both;
    }

    private static void Check(RequestFaults faults, TrainingSettings s)
    {
        faults.Range("rank", s.Rank, 1, 256);
        faults.Range("alpha", s.Alpha, 1e-3, 4096);
        faults.Range("dropout", s.Dropout, 0, 0.95);
        faults.Range("learning_rate", s.LearningRate, 1e-8, 1);
        faults.Range("warmup_steps", s.WarmupSteps, 0, 1_000_000);
        faults.Range("warmup_ratio", s.WarmupRatio, 0, 0.9);
        faults.Range("batch_size", s.BatchSize, 1, 1024);
        faults.Range("gradient_accumulation", s.GradientAccumulation, 1, 1024);
        faults.Range("epochs", s.Epochs, 0.01, 100);
        faults.Range("max_steps", s.MaxSteps, 1, 10_000_000);
        faults.Range("max_tokens", s.MaxTokens, 1, 2_000_000_000);
        faults.Range("max_length", s.MaxLength, 16, 1_000_000);
        faults.Range("weight_decay", s.WeightDecay, 0, 1);
        faults.Range("gradient_clip", s.GradientClip, 1e-3, 1000);
        faults.Range("seed", s.Seed, 0, int.MaxValue);
        faults.Range("save_every_steps", s.SaveEverySteps, 1, 10_000_000);
        faults.Range("eval_every_steps", s.EvalEverySteps, 1, 10_000_000);
        faults.Range("log_every_steps", s.LogEverySteps, 1, 10_000_000);
        faults.Range("keep_checkpoints", s.KeepCheckpoints, 1, 100);
        faults.Range("replay_share", s.ReplayShare, 0, 0.9);
        faults.Range("early_stopping_patience", s.EarlyStoppingPatience, 1, 1000);
        faults.Range("early_stopping_min_delta", s.EarlyStoppingMinDelta, 0, 100);
        faults.OneOf("schedule", s.Schedule, "cosine", AdapterSettingsCheck.WithRestarts, "linear", "constant");
        faults.OneOf("loss_on", s.LossOn, "completion", "last", "all");
        if (s.Bias is not null and not "none")
        {
            faults.Add(
                "x_ratchet.bias", $"'{s.Bias}' was found. Adapters of this service change the weights of linear layers and no biases; send 'none'.");
        }

        AdapterSettingsCheck.Run(faults, s);
        if (s.TargetModules is { } modules && (modules.Count == 0 || modules.Any(string.IsNullOrWhiteSpace)))
        {
            faults.Add("x_ratchet.target_modules", "It holds no names. Give names such as \"q_proj\", or \"all-linear\".");
        }
    }

    private static void CheckValidation(RequestFaults faults, JobRequest request)
    {
        if (request.ValidationFile is not null)
        {
            return;
        }

        Needs("early_stopping_patience", request.Extras.EarlyStoppingPatience is not null);
        Needs("early_stopping_min_delta", request.Extras.EarlyStoppingMinDelta is not null);
        Needs("load_best", request.Extras.LoadBest is true);

        void Needs(string name, bool isAsked)
        {
            if (isAsked)
            {
                faults.Add(
                    $"x_ratchet.{name}", "It goes by the loss on a validation file, and there is none. Send 'validation_file', or leave it out.");
            }
        }
    }

    private static Dictionary<string, string>? Metadata(RequestFaults faults, JsonElement body)
    {
        JsonElement metadata = RequestFaults.Member(body, "metadata");
        if (!faults.IsObject(metadata, "metadata"))
        {
            return null;
        }

        var read = new Dictionary<string, string>();
        foreach (JsonProperty pair in metadata.EnumerateObject())
        {
            if (pair.Value.ValueKind != JsonValueKind.String || pair.Name.Length > 64 || pair.Value.GetString()!.Length > 512)
            {
                faults.Add(
                    $"metadata.{pair.Name}", "Keys of at most 64 characters and texts of at most 512 are needed.");
                continue;
            }

            read[pair.Name] = pair.Value.GetString()!;
        }

        if (read.Count > 16)
        {
            faults.Add("metadata", $"It has {read.Count} pairs; at most 16 are kept.");
        }

        return read;
    }
}
