using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.LlamaFactory;

/// <summary>Writes a job as LLaMA-Factory reads it: the samples, dataset_info.json, and the YAML file of its arguments.</summary>
/// <remarks>Names of fields: LLaMA-Factory's data, model and fine-tuning arguments, and those of Hugging Face's TrainingArguments.</remarks>
internal sealed class TrainingExport(JobFolder folder, JobWork work, ExternalWork external)
{
    /// <summary>The code of what LLaMA-Factory cannot be told.</summary>
    public const string NotExportable = "not_exportable";

    private const string TrainingSet = "ratchet_train";
    private const string ValidationSet = "ratchet_validation";
    private const int CheckpointStepsMax = 200;

    /// <summary>The YAML file.</summary>
    public string Config => Path.Combine(folder.Path, "train.yaml");

    /// <summary>The folder of the data set.</summary>
    public string Data => Path.Combine(folder.Path, "data");

    /// <summary>The folder that the trainer writes to.</summary>
    public string Output => Path.Combine(folder.Path, "output");

    /// <summary>Rows of numbers come after each so many steps.</summary>
    public int StepsPerRow => work.Settings.LogEverySteps;

    /// <summary>Samples of one optimiser step, as devices and accumulation allow it.</summary>
    public int SamplesPerStep => Accumulation * external.WorldSize * external.SamplesPerDevice;

    private int Accumulation => Math.Max(
        1, (int)Math.Round(work.Settings.SamplesPerStep / (double)(external.WorldSize * external.SamplesPerDevice)));

    /// <summary>Writes all files; doing it again gives the same ones.</summary>
    /// <param name="plan">The number of steps, settled.</param>
    /// <param name="checkpoint">A checkpoint of the trainer's to go on from; null to begin.</param>
    /// <exception cref="FormatException">A sample or a setting cannot be said in LLaMA-Factory's words.</exception>
    public void Write(StepPlan plan, string? checkpoint)
    {
        Directory.CreateDirectory(Data);
        Directory.CreateDirectory(Output);
        var sets = new JsonObject { [TrainingSet] = WriteSet(folder.Samples, "train.jsonl") };
        bool validates = File.Exists(folder.Validation);
        if (validates)
        {
            sets[ValidationSet] = WriteSet(folder.Validation, "validation.jsonl");
        }

        AtomicFile.WriteAllText(Path.Combine(Data, "dataset_info.json"), sets.ToJsonString());
        AtomicFile.WriteAllText(Config, Yaml(plan, checkpoint, validates));
    }

    /// <summary>The command with its places filled in.</summary>
    public IReadOnlyList<string> Arguments() =>
    [
        .. external.Command.Select(argument => argument
            .Replace("{config}", external.Seen(Config), StringComparison.Ordinal)
            .Replace("{data}", external.Seen(Data), StringComparison.Ordinal)
            .Replace("{output}", external.Seen(Output), StringComparison.Ordinal)
            .Replace("{job}", work.Id, StringComparison.Ordinal)),
    ];

    /// <summary>The newest whole checkpoint that the trainer left; null where there is none.</summary>
    public string? LastCheckpoint() => !Directory.Exists(Output)
        ? null
        : Directory.EnumerateDirectories(Output, "checkpoint-*")
            .Where(path => File.Exists(Path.Combine(path, "trainer_state.json")) && StepOf(path) > 0)
            .MaxBy(StepOf);

    /// <summary>What of a job's settings LLaMA-Factory has no words for; null where it has all.</summary>
    public static JobError? Refusal(JobSettings settings)
    {
        string? unsayable = settings.RankPattern.Count > 0 ? "rank_pattern"
            : settings.AlphaPattern.Count > 0 ? "alpha_pattern"
            : settings.LayersToTransform.Count > 0 ? "layers_to_transform"
            : null;
        if (settings.MakesModel || settings.Objective != TrainingObjectives.Supervised)
        {
            (string asked, string param) = settings.MakesModel ? (settings.Tuning, "x_ratchet.tuning") : (settings.Objective, "method.type");
            return new JobError(
                NotExportable,
                $"'{asked}' was asked for, and the trainer outside is only asked for adapters that learn answers. Train this job with Trainer:Runner 'process'.",
                param);
        }

        return settings.Alpha != Math.Floor(settings.Alpha)
            ? new JobError(
                NotExportable,
                $"x_ratchet.alpha is {Number(settings.Alpha)}, and LLaMA-Factory's lora_alpha is a whole number. Ask for one.",
                "x_ratchet.alpha")
            : unsayable is null ? null : new JobError(
                NotExportable,
                $"x_ratchet.{unsayable} was asked for, and LLaMA-Factory has no argument for it. Leave it out, or train this job with Trainer:Runner 'process'.",
                $"x_ratchet.{unsayable}");
    }

    /// <summary>The step in a checkpoint's name.</summary>
    public static int StepOf(string checkpoint) => int.TryParse(
        Path.GetFileName(checkpoint)["checkpoint-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : 0;

    private string Yaml(StepPlan plan, string? checkpoint, bool validates)
    {
        JobSettings settings = work.Settings;
        if (Refusal(settings) is { } refusal)
        {
            throw new FormatException(refusal.Message);
        }

        var fields = new List<(string Name, string Value)>
        {
            ("model_name_or_path", Text(external.Model)),
            ("stage", "sft"),
            ("do_train", "true"),
            ("finetuning_type", "lora"),
            ("lora_rank", Number(settings.Rank)),
            ("lora_alpha", Number((int)settings.Alpha)),
            ("lora_dropout", Number(settings.Dropout)),
            ("lora_target", Text(settings.TargetModules.Contains("all-linear") ? "all" : string.Join(',', settings.TargetModules))),
            ("use_rslora", settings.RankStabilized ? "true" : "false"),
            ("dataset", TrainingSet),
            ("dataset_dir", Text(external.Seen(Data))),
            ("cutoff_len", Number(settings.LengthMax)),
            ("mask_history", settings.LossOn == "last" ? "true" : "false"),
            ("train_on_prompt", settings.LossOn == "all" ? "true" : "false"),
            ("overwrite_cache", "true"),
            ("output_dir", Text(external.Seen(Output))),
            ("overwrite_output_dir", "true"),
            ("logging_steps", Number(StepsPerRow)),
            ("save_strategy", "steps"),
            ("save_steps", Number(SaveEvery(settings, plan, validates))),
            ("save_total_limit", Number(Math.Max(1, settings.KeepCheckpoints))),
            ("report_to", "none"),
            ("per_device_train_batch_size", Number(external.SamplesPerDevice)),
            ("gradient_accumulation_steps", Number(Accumulation)),
            ("learning_rate", Number(settings.LearningRate)),
            ("max_steps", Number(plan.StepCount)),
            ("lr_scheduler_type", settings.Schedule == "constant" ? "constant_with_warmup" : settings.Schedule),
            ("warmup_steps", Number(plan.WarmupSteps)),
            ("weight_decay", Number(settings.WeightDecay)),
            ("max_grad_norm", Number(settings.GradientClip)),
            ("seed", Number(settings.Seed)),
        };
        fields.AddRange(Variants(settings));
        if (external.Template is { } template)
        {
            fields.Add(("template", Text(template)));
        }

        if (validates)
        {
            fields.AddRange(
            [
                ("eval_dataset", ValidationSet),
                ("eval_strategy", "steps"),
                ("eval_steps", Number(settings.EvalEverySteps ?? plan.StepsPerEpoch)),
                ("per_device_eval_batch_size", Number(external.SamplesPerDevice)),
            ]);
            fields.AddRange(Best(settings));
        }

        if (checkpoint is not null)
        {
            fields.Add(("resume_from_checkpoint", Text(external.Seen(checkpoint))));
        }

        if (!external.Settings.ContainsKey("fp16"))
        {
            fields.Add(("bf16", "true"));
        }

        // What is set by hand wins over what only has a usual value here; what the job decides was refused at the start.
        fields.RemoveAll(field => external.Settings.ContainsKey(field.Name));
        fields.AddRange(external.Settings.Select(pair => (pair.Key, Plain(pair.Value))));
        return string.Concat(fields.Select(field => $"{field.Name}: {field.Value}\n"));
    }

    private static IEnumerable<(string Name, string Value)> Variants(JobSettings settings)
    {
        if (settings.Quantization != TuningMethods.AsStored)
        {
            yield return ("quantization_bit", "4");
            yield return ("quantization_method", "bnb");
            yield return ("quantization_type", settings.Quantization);
            yield return ("double_quantization", settings.DoubleQuantization ? "true" : "false");
        }

        if (settings.WeightDecomposed)
        {
            yield return ("use_dora", "true");
        }

        if (settings.PrincipalStart)
        {
            yield return ("pissa_init", "true");
            yield return ("pissa_convert", "true");
        }

        if (settings.LoraPlusRatio != 1)
        {
            yield return ("loraplus_lr_ratio", Number(settings.LoraPlusRatio));
        }

        if (settings.ModulesToSave.Count > 0)
        {
            yield return ("additional_target", Text(string.Join(',', settings.ModulesToSave)));
        }

        if (settings.LabelSmoothing != 0)
        {
            yield return ("label_smoothing_factor", Number(settings.LabelSmoothing));
        }

        if (settings.Restarts > 1)
        {
            yield return ("lr_scheduler_kwargs", $"{{\"num_cycles\": {Number(settings.Restarts)}}}");
        }
    }

    // The best step can only be loaded where it was saved: then each evaluation saves.
    private static int SaveEvery(JobSettings settings, StepPlan plan, bool validates) => validates && (settings.LoadBest || settings.EarlyStoppingPatience is not null)
        ? settings.EvalEverySteps ?? plan.StepsPerEpoch
        : settings.SaveEverySteps ?? Math.Min(plan.StepsPerEpoch, CheckpointStepsMax);

    private static IEnumerable<(string Name, string Value)> Best(JobSettings settings)
    {
        if (settings.LoadBest || settings.EarlyStoppingPatience is not null)
        {
            yield return ("load_best_model_at_end", "true");
            yield return ("metric_for_best_model", "eval_loss");
            yield return ("greater_is_better", "false");
        }

        if (settings.EarlyStoppingPatience is { } patience)
        {
            yield return ("early_stopping_steps", Number(patience));
        }
    }

    private JsonObject WriteSet(string samples, string name)
    {
        string path = Path.Combine(Data, name);
        string temporary = path + ".tmp";
        int number = 0;
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            foreach (TrainingConversation conversation in SampleFile.Read(samples))
            {
                number++;
                byte[] line = JsonSerializer.SerializeToUtf8Bytes(
                    new { messages = Messages(conversation, $"{Path.GetFileName(samples)}, line {number}") }, Readable);
                stream.Write(line);
                stream.WriteByte((byte)'\n');
            }

            stream.Flush(flushToDisk: true);
        }

        AtomicFile.Publish(temporary, path);
        return new JsonObject
        {
            ["file_name"] = name,
            ["formatting"] = "sharegpt",
            ["columns"] = new JsonObject { ["messages"] = "messages" },
            ["tags"] = new JsonObject
            {
                ["role_tag"] = "role",
                ["content_tag"] = "content",
                ["user_tag"] = "user",
                ["assistant_tag"] = "assistant",
                ["system_tag"] = "system",
            },
        };
    }

    // LLaMA-Factory leaves out rows of another order with a mere warning; then fewer samples would be learnt than are told of.
    private object[] Messages(TrainingConversation conversation, string place)
    {
        int turn = 0;
        foreach (TrainingMessage message in conversation.Messages)
        {
            if (message.ToolCalls is not null || message.Role is not ("system" or "user" or "assistant"))
            {
                throw new FormatException(
                    $"{place}: a message of the role '{message.Role}'{(message.ToolCalls is null ? "" : " with tool calls")}; for a "
                    + "trainer outside, text of system, user and assistant is needed. Train this file with Trainer:Runner 'process'.");
            }

            if (message.Weight is 0 && work.Settings.LossOn == "completion")
            {
                throw new FormatException(
                    $"{place}: an answer has the weight 0, and LLaMA-Factory has no weights of single answers. Take the weight out, "
                    + "ask for x_ratchet.loss_on 'last', or train this file with Trainer:Runner 'process'.");
            }

            bool isSystem = message.Role == "system" && turn == 0;
            if (!isSystem && message.Role != (turn % 2 == 0 ? "user" : "assistant"))
            {
                throw new FormatException(
                    $"{place}: message {turn + 1} has the role '{message.Role}'; after one system message at most, user and "
                    + "assistant must take turns, user first.");
            }

            turn += isSystem ? 0 : 1;
        }

        return turn % 2 == 0
            ? [.. conversation.Messages.Select(message => new { role = message.Role, content = message.Content })]
            : throw new FormatException($"{place}: the conversation ends with the user; an answer to learn must be the last.");
    }

    private static JsonSerializerOptions Readable { get; } = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    // YAML's quoted text is JSON's.
    private static string Text(string value) => JsonSerializer.Serialize(value, Readable);

    // A value set by hand is what it looks like; what does not look like a number or a truth value is text.
    private static string Plain(string value) => value switch
    {
        "true" or "True" => "true",
        "false" or "False" => "false",
        "null" or "" => "null",
        _ => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? Number(whole) : Number(number)
            : Text(value),
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    // Python's YAML takes 1e-4 for text: a number needs a point, and its exponent a sign.
    private static string Number(double value) => value.ToString("0.0##############e+0", CultureInfo.InvariantCulture);
}
