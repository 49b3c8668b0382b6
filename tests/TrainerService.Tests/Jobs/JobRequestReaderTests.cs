using System.Text.Json;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Tests.Jobs;

/// <summary>Settings of a job as they come in (F59 to F76).</summary>
public sealed class JobRequestReaderTests
{
    [Fact]
    public void The_official_shapes_are_read()
    {
        JobRequest deprecated = Read(
            """{"model":"m","training_file":"f","hyperparameters":{"n_epochs":4,"batch_size":"auto","learning_rate_multiplier":0.5}}""");
        JobRequest current = Read(
            """
            {"model":"m","training_file":"f","validation_file":"v","suffix":"house","seed":7,"metadata":{"a":"b"},
             "method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":4,"batch_size":16,
             "learning_rate_multiplier":0.5,"x_ratchet":{"rank":32,"alpha":"auto"}}}}}
            """);

        Assert.Equal(4, deprecated.EpochCount);
        Assert.Null(deprecated.BatchSize);
        Assert.Equal(0.5, deprecated.LearningRateMultiplier);
        Assert.Equal((4, 16, 0.5, 7), (current.EpochCount, current.BatchSize, current.LearningRateMultiplier, current.Seed));
        Assert.Equal(("v", "house", "b"), (current.ValidationFile, current.Suffix, current.Metadata!["a"]));
        Assert.Equal(32, current.Extras.Rank);
        Assert.Null(current.Extras.Alpha);
    }

    [Fact]
    public void All_extras_are_read()
    {
        JobRequest request = Read(
            """
            {"model":"m","training_file":"f","x_ratchet":{"rank":8,"alpha":16,"dropout":0.05,"target_modules":["q_proj","v_proj"],
             "rslora":true,"learning_rate":1e-4,"schedule":"linear","warmup_steps":5,"batch_size":4,"gradient_accumulation":2,
             "epochs":1.5,"max_steps":30,"max_tokens":50000,"max_length":512,"packing":false,"prefix_sharing":false,"loss_on":"last","weight_decay":0.01,
             "gradient_clip":0.5,"seed":3,"save_every_steps":10,"eval_every_steps":5,"log_every_steps":2,"keep_checkpoints":2,
             "replay_share":0.2,"tuning":"qlora"}}
            """);

        (JobSettings settings, _) = AutoSettings.Choose(request, 100, 2048, "ftjob-1");

        Assert.Equal((8, 16d, 0.05), (settings.Rank, settings.Alpha, settings.Dropout));
        Assert.Equal(["q_proj", "v_proj"], settings.TargetModules);
        Assert.Equal((true, 1e-4, "linear", 5, 8), (settings.RankStabilized, settings.LearningRate, settings.Schedule, settings.WarmupSteps, settings.SamplesPerStep));
        Assert.Equal((1.5, 30, 50000, 512, false, "last"), (settings.Epochs, settings.StepsMax, settings.TokensMax, settings.LengthMax, settings.Packing, settings.LossOn));
        Assert.Equal((0.01, 0.5, 3, 10, 5), (settings.WeightDecay, settings.GradientClip, settings.Seed, settings.SaveEverySteps, settings.EvalEverySteps));
        Assert.Equal((2, 2, 0.2), (settings.LogEverySteps, settings.KeepCheckpoints, settings.ReplayShare));
    }

    // F142: on where the gradients stay the same; where it was asked for and cannot be, the job's settings say no and its events say why.
    [Theory]
    [InlineData("""{}""", true, null)]
    [InlineData("""{"prefix_sharing":false}""", false, null)]
    [InlineData("""{"dropout":0.1}""", false, null)]
    [InlineData("""{"dropout":0.1,"prefix_sharing":true}""", false, "with dropout each example draws a mask of its own")]
    [InlineData("""{"packing":false,"prefix_sharing":true}""", false, "without packing")]
    [InlineData("""{"objective":"dpo","prefix_sharing":true}""", false, "pairs are computed whole")]
    public void Prefixes_are_shared_where_that_changes_nothing(string extras, bool shares, string? reason)
    {
        JobRequest request = Read($$"""{"model":"m","training_file":"f","x_ratchet":{{extras}}}""");

        (JobSettings settings, IReadOnlyList<string> why) = AutoSettings.Choose(request, 100, 2048, "ftjob-1");

        Assert.Equal(shares, settings.PrefixSharing);
        Assert.Equal(reason is not null, why.Any(line => line.StartsWith("prefix_sharing false: " + reason, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_variant_of_an_adapter_is_read()
    {
        JobRequest request = Read(
            """
            {"model":"m","training_file":"f","x_ratchet":{"rslora":true,"dora":true,"lora_plus_ratio":16,"label_smoothing":0.1,
             "rank_pattern":{"q_proj":4},"alpha_pattern":{".*v_proj":8.5},"layers_to_transform":[0,2],"modules_to_save":["lm_head"],
             "schedule":"cosine_with_restarts","restarts":3,"dropout":0.1,"init":"default"}}
            """);

        (JobSettings settings, _) = AutoSettings.Choose(request, 100, 2048, "ftjob-1");

        Assert.Equal((true, true, 16d, false), (settings.RankStabilized, settings.WeightDecomposed, settings.LoraPlusRatio, settings.PrincipalStart));
        Assert.Equal((4, 8.5), (settings.RankPattern["q_proj"], settings.AlphaPattern[".*v_proj"]));
        Assert.Equal([0, 2], settings.LayersToTransform);
        Assert.Equal(["lm_head"], settings.ModulesToSave);
        Assert.Equal((0.1, "cosine_with_restarts", 3), (settings.LabelSmoothing, settings.Schedule, settings.Restarts));
    }

    [Theory]
    [InlineData("\"tuning\":\"prefix\"", "x_ratchet.tuning: 'prefix' was found", "one of lora, qlora, full, freeze is needed")]
    [InlineData("\"tuning\":\"full\",\"rank\":8", "x_ratchet.rank: It was found with the tuning 'full'", "ask for 'lora' or 'qlora'")]
    [InlineData("\"tuning\":\"freeze\",\"dora\":true", "x_ratchet.dora: It was found with the tuning 'freeze'", "ask for 'lora' or 'qlora'")]
    [InlineData("\"tuning\":\"full\",\"quantization\":\"nf4\"", "x_ratchet.quantization: It was found with the tuning 'full'", "ask for 'lora' or 'qlora'")]
    [InlineData("\"tuning\":\"full\",\"objective\":\"dpo\"", "x_ratchet.objective: 'dpo' was found with the tuning 'full'", "Ask for 'lora' or 'qlora'")]
    [InlineData("\"tuning\":\"full\",\"trainable_layers\":2", "x_ratchet.trainable_layers: It says how many", "'freeze'")]
    [InlineData("\"tuning\":\"freeze\",\"trainable_layers\":0", "x_ratchet.trainable_layers: 0 was found", "from 1 to 1000 is needed")]
    [InlineData("\"quantization\":\"int8\"", "x_ratchet.quantization: 'int8' was found", "one of none, nf4, fp4 is needed")]
    [InlineData("\"double_quantization\":true", "x_ratchet.double_quantization: It quantises the scales", "Ask for one of them with 'quantization'")]
    [InlineData("\"quantization\":\"nf4\",\"init\":\"pissa\"", "x_ratchet.init: 'pissa' was found with the quantization 'nf4'", "Ask for one of them")]
    [InlineData("\"lora_plus_ratio\":0.5", "x_ratchet.lora_plus_ratio: 0.5 was found", "from 1 to 1000 is needed")]
    [InlineData("\"label_smoothing\":1", "x_ratchet.label_smoothing: 1 was found", "from 0 to 0.9 is needed")]
    [InlineData("\"restarts\":2", "x_ratchet.restarts: 2 was found with the schedule 'auto'", "restarts need the schedule 'cosine_with_restarts'")]
    [InlineData("\"init\":\"olora\"", "x_ratchet.init: 'olora' was found", "one of default, pissa is needed")]
    [InlineData("\"init\":\"pissa\",\"dora\":true", "x_ratchet.init: 'pissa' was found with dora", "Ask for one of them")]
    [InlineData("\"init\":\"pissa\",\"modules_to_save\":[\"lm_head\"]", "x_ratchet.init: 'pissa' was found with modules_to_save", "Leave one of them out")]
    [InlineData("\"rank_pattern\":{\"q_proj\":0}", "x_ratchet.rank_pattern: 'q_proj' has 0", "a whole number from 1 to 1024 is needed")]
    [InlineData("\"rank_pattern\":{\"(\":4}", "x_ratchet.rank_pattern: '('", "the end of a name such as 'q_proj' is needed")]
    [InlineData("\"alpha_pattern\":{\"q_proj\":-1}", "x_ratchet.alpha_pattern: 'q_proj' has -1", "a number above 0 and up to 4096 is needed")]
    [InlineData("\"layers_to_transform\":[]", "x_ratchet.layers_to_transform: [] was found", "numbers of blocks from 0 are needed")]
    [InlineData("\"layers_to_transform\":[0,-1]", "x_ratchet.layers_to_transform: [0, -1] was found", "numbers of blocks from 0 are needed")]
    [InlineData("\"modules_to_save\":[\" \"]", "x_ratchet.modules_to_save: It holds no names", "Name the head")]
    public void What_an_adapter_cannot_be_is_refused_with_field_found_and_needed(string setting, string found, string needed)
    {
        ApiException refusal = Assert.Throws<ApiException>(() => Read("""{"model":"m","training_file":"f","x_ratchet":{""" + setting + "}}"));

        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(needed, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_of_llama_factory_are_read_from_their_yaml()
    {
        const string Yaml = """
            ### model
            model_name_or_path: org/base
            stage: sft
            do_train: true
            finetuning_type: lora
            lora_rank: 8
            lora_alpha: 16
            lora_target: q_proj,v_proj
            use_dora: true
            loraplus_lr_ratio: 16.0
            additional_target: [lm_head]
            use_galore: false
            dataset: dreamhead
            cutoff_len: 512
            per_device_train_batch_size: 2
            gradient_accumulation_steps: 4
            learning_rate: 1.0e-4
            num_train_epochs: 3.0
            lr_scheduler_type: constant_with_warmup
            warmup_ratio: 0.1
            mask_history: true
            max_steps: -1
            resume_from_checkpoint: null
            """;

        JobRequest request = Read(JsonSerializer.Serialize(new { model = "m", training_file = "f", x_ratchet = Yaml }));

        (JobSettings settings, _) = AutoSettings.Choose(request, 100, 2048, "ftjob-1");
        Assert.Equal((8, 16d, 512, 8, 3d, 1e-4), (settings.Rank, settings.Alpha, settings.LengthMax, settings.SamplesPerStep, settings.Epochs, settings.LearningRate));
        Assert.Equal((true, 16d, "constant", 0.1, "last"), (settings.WeightDecomposed, settings.LoraPlusRatio, settings.Schedule, settings.WarmupRatio, settings.LossOn));
        Assert.Equal(["q_proj", "v_proj"], settings.TargetModules);
        Assert.Equal(["lm_head"], settings.ModulesToSave);
        Assert.Null(settings.StepsMax);
    }

    [Theory]
    [InlineData("stage: ppo", "x_ratchet.stage: 'ppo' was found", "'sft' or 'dpo' is needed")]
    [InlineData("stage: dpo\npref_loss: simpo", "x_ratchet.pref_loss: 'simpo' was found", "'sigmoid' is needed")]
    [InlineData("stage: dpo\npref_ftx: 0.1", "x_ratchet.pref_ftx: '0.1' was found", "take it out of the YAML")]
    [InlineData("stage: dpo\nref_model: org/other", "x_ratchet.ref_model: 'org/other' was found", "the base with the adapter off")]
    [InlineData("stage: dpo\npissa_init: true", "x_ratchet.init: It was found with the method 'dpo'", "Leave it out")]
    [InlineData("use_galore: true", "x_ratchet.use_galore: 'true' was found", "take it out of the YAML")]
    [InlineData("finetuning_type: oft", "x_ratchet.tuning: 'oft' was found", "one of lora, qlora, full, freeze is needed")]
    [InlineData("finetuning_type: full\nlora_rank: 8", "x_ratchet.rank: It was found with the tuning 'full'", "Leave it out")]
    [InlineData("finetuning_type: freeze\nfreeze_trainable_layers: -2", "x_ratchet.trainable_layers: -2 was found", "from 1 to 1000 is needed")]
    [InlineData("finetuning_type: freeze\nfreeze_trainable_modules: mlp", "x_ratchet.freeze_trainable_modules: 'mlp' was found", "'all' is needed")]
    [InlineData("freeze_extra_modules: embed_tokens", "x_ratchet.freeze_extra_modules: 'embed_tokens' was found", "take it out of the YAML")]
    [InlineData("quantization_bit: 8", "x_ratchet.quantization_bit: '8' was found", "in 4 bits, or as it is stored")]
    [InlineData("quantization_bit: 4\nquantization_method: hqq", "x_ratchet.quantization_method: 'hqq' was found", "'bnb' is needed")]
    [InlineData("quantization_bit: 4\nquantization_type: int4", "x_ratchet.quantization: 'int4' was found", "one of none, nf4, fp4 is needed")]
    [InlineData("optim: sgd", "x_ratchet.optim: 'sgd' was found", "'adamw_torch' is needed")]
    [InlineData("lora_rank: many", "x_ratchet.lora_rank: 'many' was found", "a number is needed")]
    [InlineData("use_dora: perhaps", "x_ratchet.use_dora: 'perhaps' was found", "true or false is needed")]
    [InlineData("lora_rank: [", "x_ratchet: A text was found", "broken at line")]
    [InlineData("- a", "x_ratchet: A text was found", "a mapping of names to values is needed")]
    [InlineData("a: &x [1]\nb: *x", "x_ratchet: A text was found", "'b' needs a value or a list of values")]
    [InlineData("a: {b: 1}", "x_ratchet: A text was found", "'a' needs a value or a list of values")]
    public void Arguments_that_cannot_be_followed_are_refused(string yaml, string found, string needed)
    {
        ApiException refusal = Assert.Throws<ApiException>(() => Read(JsonSerializer.Serialize(new { model = "m", training_file = "f", x_ratchet = yaml })));

        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(needed, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"quantization":"nf4"}""", "Q4_1", "qlora", "nf4", true)]
    [InlineData("""{"quantization":"nf4","double_quantization":false}""", "BF16", "qlora", "nf4", false)]
    [InlineData("""{"quantization":"fp4","tuning":"lora"}""", "BF16", "qlora", "fp4", true)]
    [InlineData("""{"tuning":"qlora"}""", "BF16", "qlora", "nf4", true)]
    [InlineData("""{"tuning":"qlora","double_quantization":false}""", "F32", "qlora", "nf4", false)]
    [InlineData("""{"tuning":"qlora"}""", "Q4_1", "qlora", "none", false)]
    [InlineData("""{"tuning":"qlora","quantization":"none"}""", "BF16", "qlora", "none", false)]
    [InlineData("""{"tuning":"lora"}""", "BF16", "lora", "none", false)]
    [InlineData("{}", "Q4_1", "lora", "none", false)]
    [InlineData("\"finetuning_type: lora\\nquantization_bit: 4\\nquantization_type: nf4\\ndouble_quantization: false\"", "Q4_1", "qlora", "nf4", false)]
    [InlineData("\"quantization_bit: 4\\nfinetuning_type: lora\"", "BF16", "qlora", "nf4", true)]
    [InlineData("\"finetuning_type: lora\\nquantization_type: nf4\\ndouble_quantization: true\"", "BF16", "lora", "none", false)]
    public void What_the_base_becomes_follows_from_the_request_and_from_how_it_is_stored(
        string extras, string stored, string tuning, string quantization, bool isDouble)
    {
        JobRequest request = Read("""{"model":"m","training_file":"f","x_ratchet":""" + extras + "}");

        (JobSettings settings, IReadOnlyList<string> why) = AutoSettings.Choose(request, 100, 2048, "ftjob-1", stored);

        Assert.Equal((tuning, quantization, isDouble), (settings.Tuning, settings.Quantization, settings.DoubleQuantization));
        bool isChosen = tuning == "qlora" && request.Extras.Quantization is null;
        Assert.Equal(isChosen, why.Any(line => line.StartsWith($"quantization {quantization}: the base is stored as {stored}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"dpo","dpo":{"hyperparameters":{"beta":0.3,"n_epochs":2,"learning_rate_multiplier":0.5}}}}""", 0.3)]
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"dpo","dpo":{"hyperparameters":{"beta":"auto","n_epochs":2,"learning_rate_multiplier":0.5}}}}""", 0.1)]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":{"learning_rate_multiplier":0.5},"x_ratchet":"stage: dpo\npref_beta: 0.3\npref_loss: sigmoid\npref_ftx: 0.0\nnum_train_epochs: 2"}""", 0.3)]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":{"learning_rate_multiplier":0.5},"x_ratchet":{"objective":"dpo","beta":0.3,"epochs":2}}""", 0.3)]
    public void Pairs_are_asked_for_as_openai_and_as_llama_factory_do(string body, double beta)
    {
        (JobSettings settings, _) = AutoSettings.Choose(Read(body), 100, 2048, "ftjob-1");

        Assert.Equal((TrainingObjectives.Preference, (double?)beta, 2d, 1e-4), (settings.Objective, settings.Beta, settings.Epochs, settings.LearningRate));
    }

    [Theory]
    [InlineData("""{"tuning":"full"}""", "full", null)]
    [InlineData("""{"tuning":"freeze"}""", "freeze", 2)]
    [InlineData("""{"tuning":"freeze","trainable_layers":5}""", "freeze", 5)]
    [InlineData("\"finetuning_type: full\"", "full", null)]
    [InlineData("\"finetuning_type: freeze\\nfreeze_trainable_layers: 3\"", "freeze", 3)]
    [InlineData("\"finetuning_type: lora\\nfreeze_trainable_layers: 3\"", "lora", null)]
    public void Weights_of_the_base_learn_where_that_is_asked_for(string extras, string tuning, int? layers)
    {
        (JobSettings settings, IReadOnlyList<string> why) = AutoSettings.Choose(
            Read("""{"model":"m","training_file":"f","x_ratchet":""" + extras + "}"), 100, 2048, "ftjob-1", "BF16");

        Assert.Equal((tuning, layers, tuning != "lora"), (settings.Tuning, settings.TrainableLayers, settings.MakesModel));
        Assert.Equal(settings.MakesModel ? 1e-4 : 1e-3, settings.LearningRate, 1e-9);
        Assert.Equal(!settings.MakesModel, why.Any(line => line.StartsWith("rank", StringComparison.Ordinal)));
    }

    [Fact]
    public void More_blocks_than_the_base_has_are_refused_where_the_job_is_made()
    {
        ApiException refusal = Assert.Throws<ApiException>(() => ModelSettingsCheck.CheckLayers(31, 30));

        Assert.Contains("1 to 30 are needed", refusal.Message, StringComparison.Ordinal);
        ModelSettingsCheck.CheckLayers(30, 30);
        ModelSettingsCheck.CheckLayers(null, 30);
        ModelSettingsCheck.CheckLayers(99, null);
    }

    [Fact]
    public void Pairs_are_learnt_with_smaller_steps_than_answers()
    {
        (JobSettings answers, _) = AutoSettings.Choose(Read("""{"model":"m","training_file":"f","x_ratchet":"pref_beta: 0.1"}"""), 100, 2048, "ftjob-1");
        (JobSettings pairs, IReadOnlyList<string> why) = AutoSettings.Choose(
            Read("""{"model":"m","training_file":"f","method":{"type":"dpo"}}"""), 100, 2048, "ftjob-1");

        Assert.Equal(answers.LearningRate / 10, pairs.LearningRate, 1e-9);
        Assert.Null(answers.Beta);
        Assert.Contains(why, line => line.StartsWith("beta 0.1", StringComparison.Ordinal));
    }

    [Fact]
    public void Blocks_that_the_base_does_not_have_are_refused_where_the_job_is_made()
    {
        ApiException refusal = Assert.Throws<ApiException>(() => AdapterSettingsCheck.CheckLayers([0, 30], 30));

        Assert.Contains("block 30", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 29 are needed", refusal.Message, StringComparison.Ordinal);
        AdapterSettingsCheck.CheckLayers([29], 30);
        AdapterSettingsCheck.CheckLayers([99], null);
    }

    [Theory]
    [InlineData("""[]""", "object")]
    [InlineData("""{"model":"\ud800","training_file":"f"}""", "surrogates")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"\udc00":1}}""", "surrogates")]
    [InlineData("""{"training_file":"f"}""", "model")]
    [InlineData("""{"model":3,"training_file":"f"}""", "model")]
    [InlineData("""{"model":"m"}""", "training_file")]
    [InlineData("""{"model":"m","training_file":null}""", "training_file")]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":{"n_epochs":0}}""", "n_epochs")]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":{"n_epochs":51}}""", "n_epochs")]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":{"n_epochs":1.5}}""", "n_epochs")]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":{"batch_size":"many"}}""", "batch_size")]
    [InlineData("""{"model":"m","training_file":"f","hyperparameters":7}""", "hyperparameters")]
    [InlineData("""{"model":"m","training_file":"f","suffix":""}""", "suffix")]
    [InlineData("""{"model":"m","training_file":"f","suffix":"a b"}""", "suffix")]
    [InlineData("""{"model":"m","training_file":"f","seed":-1}""", "seed")]
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"reinforcement"}}""", "method.type")]
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"dpo","dpo":{"hyperparameters":{"beta":0}}}}""", "hyperparameters.beta")]
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"dpo","dpo":{"hyperparameters":{"beta":2.5}}}}""", "hyperparameters.beta")]
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"supervised"},"x_ratchet":{"objective":"dpo"}}""", "x_ratchet.objective")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"beta":0.1}}""", "x_ratchet.beta")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"objective":"dpo","label_smoothing":0.1}}""", "x_ratchet.label_smoothing")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"objective":"dpo","replay_share":0.1}}""", "x_ratchet.replay_share")]
    [InlineData("""{"model":"m","training_file":"f","metadata":{"k":3}}""", "metadata.k")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"rank":257}}""", "x_ratchet.rank")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"rank":"big"}}""", "x_ratchet.rank")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"ranc":8}}""", "x_ratchet.ranc")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"dropout":1}}""", "x_ratchet.dropout")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"schedule":"zigzag"}}""", "x_ratchet.schedule")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"target_modules":[]}}""", "x_ratchet.target_modules")]
    [InlineData("""{"model":"m","training_file":"f","x_ratchet":{"tuning":"magic"}}""", "x_ratchet.tuning")]
    public void What_is_out_of_range_is_named(string body, string named)
    {
        ApiException e = Assert.Throws<ApiException>(() => Read(body));

        Assert.Equal(400, e.Status);
        Assert.Contains(named, e.Param ?? e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        ApiException e = Assert.Throws<ApiException>(
            () => Read("""{"model":"m","training_file":"f","seed":-1,"suffix":"","x_ratchet":{"rank":0,"alpha":-1}}"""));

        Assert.All(["seed", "suffix", "x_ratchet.rank", "x_ratchet.alpha"], name => Assert.Contains(name, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Auto_chooses_and_says_why()
    {
        (JobSettings few, IReadOnlyList<string> why) = AutoSettings.Choose(Read("""{"model":"m","training_file":"f"}"""), 50, 2048, "ftjob-1");
        (JobSettings many, _) = AutoSettings.Choose(Read("""{"model":"m","training_file":"f"}"""), 5000, 2048, "ftjob-1");

        Assert.True(few.Epochs > many.Epochs);
        Assert.True(few.SamplesPerStep < many.SamplesPerStep);
        Assert.True(few.LearningRate > many.LearningRate);
        Assert.Contains(why, line => line.StartsWith("learning_rate_multiplier", StringComparison.Ordinal));
    }

    [Fact]
    public void Steps_stop_at_the_limit_of_tokens()
    {
        JobSettings settings = AutoSettings.Choose(
            Read("""{"model":"m","training_file":"f","x_ratchet":{"batch_size":8,"epochs":2,"max_tokens":30000}}"""), 320, 2048, "ftjob-1").Settings;

        var plan = StepPlan.For(settings, sampleCount: 320, tokensPerEpoch: 60_000);

        Assert.Equal((40, 20, true), (plan.StepsPerEpoch, plan.StepCount, plan.Cut));
        Assert.True(plan.WarmupSteps is >= 1 and <= 10);
    }

    private static JobRequest Read(string json) => JobRequestReader.Read(JsonElement.Parse(json));
}
