using System.Globalization;
using System.Text.Json.Nodes;
using Ratchet.Datasets.LlamaFactory;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Puts the arguments of a LLaMA-Factory training into the names of <c>x_ratchet</c>.</summary>
/// <remarks>Names: LLaMA-Factory's model, data and fine-tuning arguments, and those of Hugging Face's TrainingArguments.</remarks>
internal static class LlamaFactorySettings
{
    private static readonly Dictionary<string, string> Numbers = new()
    {
        ["lora_rank"] = "rank",
        ["lora_alpha"] = "alpha",
        ["lora_dropout"] = "dropout",
        ["loraplus_lr_ratio"] = "lora_plus_ratio",
        ["label_smoothing_factor"] = "label_smoothing",
        ["learning_rate"] = "learning_rate",
        ["warmup_steps"] = "warmup_steps",
        ["warmup_ratio"] = "warmup_ratio",
        ["per_device_train_batch_size"] = "batch_size",
        ["gradient_accumulation_steps"] = "gradient_accumulation",
        ["num_train_epochs"] = "epochs",
        ["cutoff_len"] = "max_length",
        ["weight_decay"] = "weight_decay",
        ["max_grad_norm"] = "gradient_clip",
        ["seed"] = "seed",
        ["save_steps"] = "save_every_steps",
        ["eval_steps"] = "eval_every_steps",
        ["logging_steps"] = "log_every_steps",
        ["save_total_limit"] = "keep_checkpoints",
        ["early_stopping_steps"] = "early_stopping_patience",
        ["pref_beta"] = "beta",
        ["freeze_trainable_layers"] = "trainable_layers",
    };

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["use_rslora"] = "rslora",
        ["use_dora"] = "dora",
        ["packing"] = "packing",
        ["load_best_model_at_end"] = "load_best",
        ["double_quantization"] = "double_quantization",
    };

    // Each changes what is learnt, and no setting of a job says it; off, or not there, they do no harm.
    private static readonly string[] Refused =
    [
        "adapter_name_or_path", "create_new_adapter", "freeze_extra_modules", "loraplus_lr_embedding", "lr_scheduler_kwargs", "mixture_of_depths",
        "neftune_noise_alpha", "resize_vocab", "rope_scaling", "shift_attn", "use_adam_mini", "use_apollo", "use_badam", "use_dft_loss", "use_galore",
        "use_llama_pro", "use_muon",
    ];

    /// <summary>What a YAML file says, as <c>x_ratchet</c>; null after a fault.</summary>
    public static JsonObject? Read(RequestFaults faults, string yaml)
    {
        IReadOnlyDictionary<string, IReadOnlyList<string>> arguments;
        try
        {
            arguments = TrainingArguments.Read(yaml);
        }
        catch (DatasetInfoException fault)
        {
            faults.Add("x_ratchet", $"A text was found, which is read as LLaMA-Factory's YAML. {fault.Message}");
            return null;
        }

        var settings = new JsonObject();
        foreach ((string name, IReadOnlyList<string> values) in arguments)
        {
            if (values.Count > 0)
            {
                Put(faults, settings, name, values);
            }
        }

        // Their defaults stand in many files that ask for no quantisation at all.
        if (settings["tuning"]?.GetValue<string>() != TuningMethods.QuantizedLora)
        {
            settings.Remove("quantization");
            settings.Remove("double_quantization");
        }

        if (settings["tuning"]?.GetValue<string>() != TuningMethods.Freeze)
        {
            settings.Remove("trainable_layers");
        }

        if (settings["objective"] is null)
        {
            settings.Remove("beta");
        }

        return settings;
    }

    private static void Put(RequestFaults faults, JsonObject settings, string name, IReadOnlyList<string> values)
    {
        string value = values[0];
        if (Numbers.TryGetValue(name, out string? number))
        {
            settings[number] = Number(faults, name, value);
        }
        else if (Switches.TryGetValue(name, out string? flag))
        {
            settings[flag] = Flag(faults, name, value);
        }
        else if (Refused.Contains(name) && !IsOff(value))
        {
            faults.Add($"x_ratchet.{name}", $"'{value}' was found. It changes what is learnt, and jobs here do not do that; take it out of the YAML.");
        }
        else
        {
            PutOther(faults, settings, name, values);
        }
    }

    private static void PutOther(RequestFaults faults, JsonObject settings, string name, IReadOnlyList<string> values)
    {
        string value = values[0];
        switch (name)
        {
            case "stage" when value == TrainingObjectives.Preference:
                settings["objective"] = value;
                break;
            case "stage" when value != "sft":
                faults.Add("x_ratchet.stage", $"'{value}' was found; jobs of this service learn from answers or from pairs, 'sft' or 'dpo' is needed.");
                break;
            case "pref_loss" when value != "sigmoid":
                faults.Add("x_ratchet.pref_loss", $"'{value}' was found; the loss of pairs is DPO's own, 'sigmoid' is needed.");
                break;
            case "pref_bco_weight" or "pref_ftx" or "dpo_label_smoothing" or "ld_alpha" when !IsOff(value):
                faults.Add($"x_ratchet.{name}", $"'{value}' was found. It changes the loss of pairs, which is DPO's own here; take it out of the YAML.");
                break;
            case "ref_model" or "ref_model_adapters" when value is not ("null" or ""):
                faults.Add($"x_ratchet.{name}", $"'{value}' was found; the reference is the base with the adapter off. Take it out of the YAML.");
                break;
            case "finetuning_type" when value != TuningMethods.Lora:
                settings["tuning"] = value;
                break;
            case "freeze_trainable_modules" when value != "all":
                faults.Add("x_ratchet.freeze_trainable_modules", $"'{value}' was found; the last blocks learn whole, 'all' is needed.");
                break;
            case "quantization_bit" when value != "4":
                faults.Add("x_ratchet.quantization_bit", $"'{value}' was found; a base is trained on in 4 bits, or as it is stored: leave it out for that.");
                break;
            case "quantization_bit":
                settings["tuning"] = TuningMethods.QuantizedLora;
                break;
            case "quantization_type":
                settings["quantization"] = value;
                break;
            case "quantization_method" when value is not ("bnb" or "bitsandbytes"):
                faults.Add("x_ratchet.quantization_method", $"'{value}' was found; 'bnb' is needed, whose nf4 and fp4 are known here.");
                break;
            case "lora_target":
                settings["target_modules"] = new JsonArray([.. Names(values).Select(module => (JsonNode)(module == "all" ? "all-linear" : module))]);
                break;
            case "additional_target":
                settings["modules_to_save"] = new JsonArray([.. Names(values).Select(module => (JsonNode)module)]);
                break;
            case "lr_scheduler_type":
                settings["schedule"] = value == "constant_with_warmup" ? "constant" : value;
                break;
            case "max_steps" when value != "0" && !value.StartsWith('-'):
                settings["max_steps"] = Number(faults, name, value);
                break;
            case "pissa_init" when Flag(faults, name, value) is { } isOn && isOn.GetValue<bool>():
                settings["init"] = AdapterSettingsCheck.PrincipalStart;
                break;
            case "train_on_prompt" when Flag(faults, name, value) is { } isOn && isOn.GetValue<bool>():
                settings["loss_on"] = "all";
                break;
            case "mask_history" when Flag(faults, name, value) is { } isOn && isOn.GetValue<bool>():
                settings["loss_on"] = "last";
                break;
            case "optim" when !value.StartsWith("adamw", StringComparison.Ordinal):
                faults.Add("x_ratchet.optim", $"'{value}' was found; the optimiser is AdamW, 'adamw_torch' is needed.");
                break;
        }
    }

    private static IEnumerable<string> Names(IReadOnlyList<string> values) =>
        values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static bool IsOff(string value) => value is "false" or "False" or "0" or "0.0" or "none";

    // Whole numbers stay whole, because some settings are.
    private static JsonValue? Number(RequestFaults faults, string name, string value)
    {
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
        {
            return number == Math.Floor(number) && Math.Abs(number) < int.MaxValue ? JsonValue.Create((int)number) : JsonValue.Create(number);
        }

        faults.Add($"x_ratchet.{name}", $"'{value}' was found; a number is needed.");
        return null;
    }

    private static JsonValue? Flag(RequestFaults faults, string name, string value)
    {
        if (value is "true" or "True" or "false" or "False")
        {
            return JsonValue.Create(value is "true" or "True");
        }

        faults.Add($"x_ratchet.{name}", $"'{value}' was found; true or false is needed.");
        return null;
    }
}
