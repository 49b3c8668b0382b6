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
             "epochs":1.5,"max_steps":30,"max_tokens":50000,"max_length":512,"packing":false,"loss_on":"last","weight_decay":0.01,
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
    [InlineData("""{"model":"m","training_file":"f","method":{"type":"dpo"}}""", "method.type")]
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
