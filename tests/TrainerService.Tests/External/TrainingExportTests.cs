using System.Text.Json;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.External;

/// <summary>A job in LLaMA-Factory's words.</summary>
public sealed class TrainingExportTests : IDisposable
{
    private readonly JobFolder _folder = new(Directory.CreateTempSubdirectory("export-test-").FullName);

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    [Fact]
    public void The_arguments_are_those_of_the_job()
    {
        SampleFile.Write(_folder.Samples, [Conversation("system", "user", "assistant", "user", "assistant")]);
        SampleFile.Write(_folder.Validation, [Conversation("user", "assistant")]);
        TrainingExport export = Export(external => external with
        {
            WorldSize = 2,
            SamplesPerDevice = 2,
            Settings = new Dictionary<string, string>
            {
                ["deepspeed"] = "configs/ds_z3.json",
                ["bf16"] = "false",
                ["weight_decay"] = "0.01",
                ["quantization_bit"] = "4",
                ["save_steps"] = "7",
            },
        });

        export.Write(new StepPlan(10, 30, 3, false), "/data/jobs/1/output/checkpoint-20");

        Dictionary<string, string> yaml = Yaml(export);
        Assert.Equal(
            ["\"org/base\"", "sft", "true", "lora", "8", "16", "5.0e-2", "\"all\"", "\"/mnt/export/data\"", "1024", "\"/mnt/export/output\"", "30", "3"],
            new[]
            {
                "model_name_or_path", "stage", "do_train", "finetuning_type", "lora_rank", "lora_alpha", "lora_dropout", "lora_target", "dataset_dir",
                "cutoff_len", "output_dir", "max_steps", "warmup_steps",
            }.Select(name => yaml[name].Replace(_folder.Path, "/mnt/export", StringComparison.Ordinal)));
        Assert.Equal(("2", "4", 16), (yaml["per_device_train_batch_size"], yaml["gradient_accumulation_steps"], export.SamplesPerStep));
        Assert.Equal(("2.0e-4", "cosine", "7"), (yaml["learning_rate"], yaml["lr_scheduler_type"], yaml["seed"]));
        Assert.Equal(("ratchet_validation", "steps", "10"), (yaml["eval_dataset"], yaml["eval_strategy"], yaml["eval_steps"]));
        Assert.Equal(("false", "1.0e-2", "4", "7"), (yaml["bf16"], yaml["weight_decay"], yaml["quantization_bit"], yaml["save_steps"]));
        Assert.Equal(("\"configs/ds_z3.json\"", "\"/data/jobs/1/output/checkpoint-20\""), (yaml["deepspeed"], yaml["resume_from_checkpoint"]));
        Assert.DoesNotContain("template", yaml.Keys);
    }

    [Fact]
    public void Variants_of_an_adapter_have_their_names_there()
    {
        SampleFile.Write(_folder.Samples, [Conversation("user", "assistant")]);
        TrainingExport export = Export(settings: settings => settings with
        {
            WeightDecomposed = true,
            LoraPlusRatio = 16,
            LabelSmoothing = 0.1,
            ModulesToSave = ["lm_head"],
            Quantization = TuningMethods.Nf4,
            DoubleQuantization = true,
            Schedule = AdapterSettingsCheck.WithRestarts,
            Restarts = 3,
        });

        export.Write(new StepPlan(10, 30, 3, false), null);

        Dictionary<string, string> yaml = Yaml(export);
        Assert.Equal(("true", "1.6e+1", "1.0e-1"), (yaml["use_dora"], yaml["loraplus_lr_ratio"], yaml["label_smoothing_factor"]));
        Assert.Equal(("\"lm_head\"", "cosine_with_restarts", "{\"num_cycles\": 3}"), (yaml["additional_target"], yaml["lr_scheduler_type"], yaml["lr_scheduler_kwargs"]));
        Assert.Equal(("4", "nf4", "true"), (yaml["quantization_bit"], yaml["quantization_type"], yaml["double_quantization"]));
        Assert.DoesNotContain("pissa_init", yaml.Keys);
    }

    [Fact]
    public void What_has_no_name_there_is_refused_with_a_way_out()
    {
        SampleFile.Write(_folder.Samples, [Conversation("user", "assistant")]);
        TrainingExport export = Export(settings: settings => settings with { LayersToTransform = [0] });

        FormatException refusal = Assert.Throws<FormatException>(() => export.Write(new StepPlan(1, 1, 0, false), null));
        Assert.Contains("x_ratchet.layers_to_transform", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Trainer:Runner 'process'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_stand_in_a_set_that_says_how_to_read_it()
    {
        SampleFile.Write(_folder.Samples, [Conversation("system", "user", "assistant"), Conversation("user", "assistant")]);
        TrainingExport export = Export();

        export.Write(new StepPlan(1, 1, 0, false), null);

        var info = JsonElement.Parse(File.ReadAllText(Path.Combine(export.Data, "dataset_info.json")));
        JsonElement set = info.GetProperty("ratchet_train");
        Assert.Equal("sharegpt", set.GetProperty("formatting").GetString());
        Assert.Equal("role", set.GetProperty("tags").GetProperty("role_tag").GetString());
        string[] lines = File.ReadAllLines(Path.Combine(export.Data, set.GetProperty("file_name").GetString()!));
        Assert.Equal(2, lines.Length);
        Assert.Equal("text of system, 中文", JsonElement.Parse(lines[0]).GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.Contains("中文", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_are_named_as_the_trainer_sees_them()
    {
        SampleFile.Write(_folder.Samples, [Conversation("user", "assistant")]);
        TrainingExport export = Export(external => external with
        {
            Command = ["ssh", "gpu", "train", "{config}", "{job}"],
            Paths = [new() { From = _folder.Path, To = "/mnt/job" }],
        });

        export.Write(new StepPlan(1, 1, 0, false), null);

        Assert.Equal(["ssh", "gpu", "train", "/mnt/job/train.yaml", "ftjob-1"], export.Arguments());
        Assert.Equal("\"/mnt/job/output\"", Yaml(export)["output_dir"]);
    }

    [Theory]
    [InlineData("user", "line 2: the conversation ends with the user")]
    [InlineData("user,assistant,assistant", "line 2: message 3 has the role 'assistant'")]
    [InlineData("user,tool", "line 2: a message of the role 'tool'")]
    public void What_the_format_cannot_say_is_refused_with_its_place(string roles, string words)
    {
        SampleFile.Write(_folder.Samples, [Conversation("user", "assistant"), Conversation(roles.Split(','))]);

        FormatException refusal = Assert.Throws<FormatException>(() => Export().Write(new StepPlan(1, 1, 0, false), null));

        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_whole_checkpoints_count()
    {
        TrainingExport export = Export();
        foreach ((string name, bool isWhole) in new[] { ("checkpoint-9", true), ("checkpoint-10", true), ("checkpoint-11", false), ("checkpoint-x", true) })
        {
            string folder = Directory.CreateDirectory(Path.Combine(export.Output, name)).FullName;
            if (isWhole)
            {
                File.WriteAllText(Path.Combine(folder, "trainer_state.json"), "{}");
            }
        }

        Assert.EndsWith("checkpoint-10", export.LastCheckpoint(), StringComparison.Ordinal);
    }

    private TrainingExport Export(Func<ExternalWork, ExternalWork>? change = null, Func<JobSettings, JobSettings>? settings = null)
    {
        var work = new JobWork
        {
            Id = "ftjob-1",
            ModelPath = "/nowhere",
            ModelName = "base",
            ModelSha256 = "",
            CheckpointEvery = TimeSpan.FromMinutes(1),
            Settings = new JobSettings
            {
                Rank = 8,
                Alpha = 16,
                Dropout = 0.05,
                TargetModules = ["all-linear"],
                LearningRate = 2e-4,
                Schedule = "cosine",
                SamplesPerStep = 16,
                Epochs = 3,
                LengthMax = 1024,
                Seed = 7,
            },
        };
        var external = new ExternalWork
        {
            Command = ["llamafactory-cli", "train", "{config}"],
            Model = "org/base",
            Settings = new Dictionary<string, string>(),
            TimeLimit = TimeSpan.FromHours(1),
            SilenceMax = TimeSpan.FromHours(1),
            StopPatience = TimeSpan.FromSeconds(1),
            LogBytesMax = 1 << 20,
        };
        work = settings is null ? work : work with { Settings = settings(work.Settings) };
        return new TrainingExport(_folder, work, change is null ? external : change(external));
    }

    private static Dictionary<string, string> Yaml(TrainingExport export) =>
        File.ReadLines(export.Config).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    private static TrainingConversation Conversation(params string[] roles) =>
        new([.. roles.Select(role => new TrainingMessage(role, $"text of {role}, 中文"))]);
}
