using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService;

/// <summary>Settings of a trainer that is not ours, from "Trainer:External". Used where "Trainer:Runner" is "external".</summary>
public sealed partial class ExternalTrainerOptions
{
    // What the job itself decides; a setting that said otherwise would make the registry's record of the adapter untrue.
    private static readonly HashSet<string> Decided =
    [
        "cutoff_len", "dataset", "dataset_dir", "do_train", "eval_dataset", "finetuning_type", "gradient_accumulation_steps",
        "learning_rate", "logging_steps", "lora_alpha", "lora_rank", "lora_target", "max_steps", "model_name_or_path",
        "num_train_epochs", "output_dir", "overwrite_output_dir", "per_device_train_batch_size", "resume_from_checkpoint", "seed",
        "stage", "template", "use_rslora",
    ];

    /// <summary>
    /// The program and its arguments, one an entry: no shell reads them. <c>{config}</c>, <c>{data}</c>, <c>{output}</c> and
    /// <c>{job}</c> stand for the YAML file, the folder of the data set, the folder of the result, and the job's id.
    /// </summary>
    public List<string> Command { get; set; } = [];

    /// <summary>Where the command starts; null for the job's folder.</summary>
    public string? WorkingFolder { get; set; }

    /// <summary>Variables for the command, beside those of this service; they are not written to the disk.</summary>
    public Dictionary<string, string> Environment { get; set; } = [];

    /// <summary>The base as that trainer knows it: <c>model_name_or_path</c>. The 16-bit twin of Model:Base.</summary>
    public string Model { get; set; } = "";

    /// <summary>LLaMA-Factory's name of the chat template; null for the one that the base's tokenizer brings, which is Model:Base's.</summary>
    public string? Template { get; set; }

    /// <summary>Further fields of the YAML file, for example <c>deepspeed</c> or <c>quantization_bit</c>.</summary>
    public Dictionary<string, string> Settings { get; set; } = [];

    /// <summary>Devices that train together, on all machines.</summary>
    [Range(1, 65536)]
    public int WorldSize { get; set; } = 1;

    /// <summary>Samples that a device takes at once; accumulation makes up for the rest of a step.</summary>
    [Range(1, 4096)]
    public int SamplesPerDevice { get; set; } = 1;

    /// <summary>A command that runs longer, or is silent longer than <see cref="SilenceMax"/>, is ended and its job fails.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromDays(2);

    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan SilenceMax { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Time between the request to leave (SIGTERM) and the end by force (SIGKILL).</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StopPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a training goes on while this service restarts; else it is ended with the service, and resumed.</summary>
    public bool KeepRunning { get; set; } = true;

    /// <summary>Bytes of the command's output that are kept, in trainer.log of the job's folder.</summary>
    [Range(1024, 1L << 32)]
    public long LogBytesMax { get; set; } = 64L << 20;

    /// <summary>Folders that the trainer sees under another name.</summary>
    public List<FolderMap> Paths { get; set; } = [];

    internal IEnumerable<string> Faults()
    {
        if (OperatingSystem.IsWindows())
        {
            yield return "Trainer:Runner is 'external', which needs Linux or macOS: it ends trainers by signals. Use 'process' here.";
        }

        if (Command.Count == 0 || string.IsNullOrWhiteSpace(Command[0]))
        {
            yield return "Trainer:External:Command is empty; the program and its arguments are needed, for example llamafactory-cli, "
                + "train, {config}.";
        }
        else if (!Command.Exists(argument => argument.Contains("{config}", StringComparison.Ordinal)))
        {
            yield return "Trainer:External:Command has no argument with {config}; the trainer would not learn what to train.";
        }

        if (string.IsNullOrWhiteSpace(Model))
        {
            yield return "Trainer:External:Model is empty; the name or folder of the base in Hugging Face's layout is needed.";
        }

        foreach (string name in Settings.Keys.Where(name => !FieldName().IsMatch(name)))
        {
            yield return $"Trainer:External:Settings has '{name}', which is no field of LLaMA-Factory: small letters, digits and '_' are needed.";
        }

        foreach (string name in Settings.Keys.Where(Decided.Contains).Order(StringComparer.Ordinal))
        {
            yield return $"Trainer:External:Settings:{name} is decided by the job or by another setting; take it out.";
        }

        foreach (string fault in FolderMap.Faults("Trainer:External:Paths", Paths))
        {
            yield return fault;
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,63}$")]
    private static partial Regex FieldName();
}
