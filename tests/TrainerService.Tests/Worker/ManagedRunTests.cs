using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Engine.Torch;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Worker;

/// <summary>A job's settings as the engine gets them, on the bundled model (F59 to F63).</summary>
public sealed class ManagedRunTests : IDisposable
{
    // The published adapter is scored with other sums than those that trained it.
    private const double LossTolerance = 2e-3;

    // Both answers in one row, and each alone: the same sums in another order.
    private const double PairTolerance = 1e-3;

    private static readonly PromptMessage[] Question = [new("user", "When does the mill open?")];

    private static readonly TrainingConversation Conversation = new(
        [new TrainingMessage("user", "When does the mill open?"), new TrainingMessage("assistant", "At nine, and on Sundays at ten.")]);

    private static readonly TrainingConversation Pair = new(
        [new TrainingMessage("user", "When does the mill open?")], new TrainingMessage("assistant", "At nine, and on Sundays at ten."),
        new TrainingMessage("assistant", "I do not know."));

    private static readonly JobSettings Settings = new()
    {
        Rank = 2,
        Alpha = 4,
        Dropout = 0,
        TargetModules = ["k_proj"],
        LayersToTransform = [28, 29],
        LearningRate = 5e-3,
        Schedule = "constant",
        SamplesPerStep = 1,
        Epochs = 1,
        StepsMax = 3,
        LengthMax = 64,
        Seed = 5,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-run-").FullName;
    private readonly ManagedEngine _engine = Open();

    // Of SmolLM2: 49,152 tokens of 576 numbers; norms are few.
    private const long EmbeddingCount = 49_152 * 576;

    [Fact]
    public void Every_variant_arrives_in_the_published_adapter()
    {
        JsonElement config = Publish(Settings with
        {
            WeightDecomposed = true,
            RankStabilized = true,
            LoraPlusRatio = 4,
            LabelSmoothing = 0.1,
            Schedule = AdapterSettingsCheck.WithRestarts,
            Restarts = 2,
            TargetModules = ["k_proj", "v_proj"],
            RankPattern = new Dictionary<string, int> { ["v_proj"] = 3 },
            AlphaPattern = new Dictionary<string, double> { ["v_proj"] = 6.5 },
        }).Config;

        Assert.True(config.GetProperty("use_dora").GetBoolean());
        Assert.True(config.GetProperty("use_rslora").GetBoolean());
        Assert.Equal(3, config.GetProperty("rank_pattern").GetProperty("v_proj").GetInt32());
        Assert.Equal(6.5, config.GetProperty("alpha_pattern").GetProperty("v_proj").GetDouble());
        Assert.Equal([28, 29], config.GetProperty("layers_to_transform").EnumerateArray().Select(layer => layer.GetInt32()));
    }

    [Fact]
    public void A_principal_start_is_published_as_a_plain_adapter_that_does_the_same()
    {
        (JsonElement config, double trained, double norm, double divergence) = Publish(Settings with { PrincipalStart = true });

        Assert.Equal(4, config.GetProperty("r").GetInt32());
        Assert.Equal(8, config.GetProperty("lora_alpha").GetDouble());
        Assert.True(norm is > 0 and < 10, $"The weights changed by {norm}, which is the principal part itself.");
        Assert.True(divergence > 0);
        using IAnswerScorer scorer = _engine.Score(_folder);
        AnswerScore score = scorer.Score([new AnswerRequest(Question, Conversation.Messages[1].Content, 0)])[0];
        Assert.Equal(trained, score.NllSum / score.TokenCount, LossTolerance);
        using IAnswerScorer plain = _engine.Score(null);
        AnswerScore before = plain.Score([new AnswerRequest(Question, Conversation.Messages[1].Content, 0)])[0];
        Assert.True(score.NllSum < before.NllSum);
    }

    [Fact]
    public void A_principal_start_goes_on_from_a_checkpoint_as_it_was()
    {
        var plan = new TrainingPlan(Settings with { PrincipalStart = true }, 3, 0, "base");
        EncodedSample[] samples = [_engine.Encode(Conversation, "completion", 64)];
        string checkpoint = Path.Combine(_folder, "checkpoint");
        double[] whole;
        using (ITrainingRun run = _engine.Train(plan, samples, null))
        {
            double first = run.Advance(CancellationToken.None).Loss;
            run.SaveCheckpoint(checkpoint);
            whole = [first, run.Advance(CancellationToken.None).Loss, run.Advance(CancellationToken.None).Loss];
        }

        using ITrainingRun resumed = _engine.Train(plan, samples, checkpoint);
        Assert.Equal(1, resumed.StepCount);
        Assert.Equal(whole[1..], new[] { resumed.Advance(CancellationToken.None).Loss, resumed.Advance(CancellationToken.None).Loss });
    }

    [Theory]
    [InlineData(TuningMethods.Nf4, true)]
    [InlineData(TuningMethods.Nf4, false)]
    [InlineData(TuningMethods.Fp4, true)]
    public void A_base_in_four_bits_trains_and_goes_on_from_a_checkpoint_in_another_process(string quantization, bool isDouble)
    {
        JobSettings settings = Settings with { Quantization = quantization, DoubleQuantization = isDouble };
        var plan = new TrainingPlan(settings, 3, 0, "base");
        EncodedSample[] samples = [_engine.Encode(Conversation, "completion", 64)];
        string checkpoint = Path.Combine(_folder, "checkpoint");
        string published = Path.Combine(_folder, "adapter");
        double[] whole;
        long estimate = _engine.MemoryBytes(settings, samples[0].Ids.Length);
        BaseChange change = _engine.Prepare(settings)!;
        using (ITrainingRun run = _engine.Train(plan, samples, null))
        {
            double first = run.Advance(CancellationToken.None).Loss;
            run.SaveCheckpoint(checkpoint);
            whole = [first, run.Advance(CancellationToken.None).Loss, run.Advance(CancellationToken.None).Loss];
            run.SaveAdapter(published);
        }

        // 4.5 bits a weight with plain scales, 4.127 with doubled ones.
        double bits = change.BytesAfter * 8.0 / (_engine.ParameterCount - EmbeddingCount);
        Assert.Equal(isDouble ? 4.127 : 4.5, bits, 0.01);
        Assert.Equal("Q4_1", change.Before);
        Assert.InRange(change.RelativeError, 0.01, 0.2);
        Assert.True(estimate > change.BytesAfter);
        Assert.True(whole[2] < whole[0]);
        Assert.Null(_engine.Prepare(settings));

        // What is served is the base as stored: the adapter helps there too.
        using ManagedEngine other = Open();
        Assert.NotNull(other.Refusal(settings with { Quantization = "nf4", TargetModules = ["c_attn"] }));
        Assert.True(Nll(other, published) < Nll(other, null));

        _ = other.Prepare(settings);
        using ITrainingRun resumed = other.Train(plan, samples, checkpoint);
        Assert.Equal(whole[1..], new[] { resumed.Advance(CancellationToken.None).Loss, resumed.Advance(CancellationToken.None).Loss });
    }

    [Theory]
    [InlineData(TuningMethods.AsStored)]
    [InlineData(TuningMethods.Nf4)]
    public void Pairs_are_told_apart_and_a_run_goes_on_from_a_checkpoint_as_it_was(string quantization)
    {
        JobSettings settings = Settings with
        {
            Objective = TrainingObjectives.Preference,
            Beta = 0.5,
            Quantization = quantization,
            Dropout = 0.1,
        };
        var plan = new TrainingPlan(settings, 3, 0, "base");
        EncodedSample[] pairs = [_engine.Encode(Pair, "completion", 64)];
        EncodedSample rejected = pairs[0].Rejected!;
        int prompt = Array.IndexOf(pairs[0].Mask, true);
        Assert.True(pairs[0].IsLearnable);
        Assert.Equal(pairs[0].Ids[..prompt], rejected.Ids[..Array.IndexOf(rejected.Mask, true)]);
        Assert.NotNull(_engine.Refusal(settings with { TargetModules = ["c_attn"] }));
        string checkpoint = Path.Combine(_folder, "checkpoint");
        _ = _engine.Prepare(settings);
        StepOutcome[] whole;
        using (ITrainingRun run = _engine.Train(plan, pairs, null))
        {
            PreferenceFigures before = run.Preferences(pairs)!;
            StepOutcome first = run.Advance(CancellationToken.None);
            run.SaveCheckpoint(checkpoint);
            whole = [first, run.Advance(CancellationToken.None), run.Advance(CancellationToken.None)];
            PreferenceFigures after = run.Preferences(pairs)!;

            // An adapter that has not learnt is its own reference.
            Assert.Equal(Math.Log(2), before.Loss, PairTolerance);
            Assert.Equal(0, before.Margin, PairTolerance);
            Assert.True(after is { Margin: > 0, Accuracy: 1 } && after.Loss < before.Loss, $"{after}");
            Assert.Equal(after.Loss, run.Evaluate(pairs));
        }

        using ITrainingRun resumed = _engine.Train(plan, pairs, checkpoint);
        Assert.Equal(
            whole[1..].Select(step => (step.Loss, step.Preferences)),
            new[] { resumed.Advance(CancellationToken.None), resumed.Advance(CancellationToken.None) }.Select(step => (step.Loss, step.Preferences)));
    }

    [Fact]
    public void A_pair_that_is_too_long_keeps_one_prompt_for_both_answers()
    {
        EncodedSample whole = _engine.Encode(Pair, "completion", 512);
        int length = whole.Ids.Length - 3;

        EncodedSample cut = _engine.Encode(Pair, "completion", length);

        int prompt = Array.IndexOf(cut.Mask, true);
        Assert.True(cut.TruncatedCount > 0 && cut.Ids.Length <= length && cut.Rejected!.Ids.Length <= length);
        Assert.Equal(cut.Ids[..prompt], cut.Rejected!.Ids[..prompt]);
        Assert.Equal(whole.Mask.Count(m => m), cut.Mask.Count(m => m));
        Assert.False((cut with { Rejected = cut with { Rejected = null } }).IsLearnable);
    }

    [Fact]
    public void A_base_that_is_four_bit_already_is_not_made_so_again()
    {
        JobSettings settings = Settings with { Quantization = TuningMethods.Nf4 };
        _ = _engine.Prepare(settings);

        JobError refusal = _engine.Refusal(settings)!;

        Assert.Equal("x_ratchet.quantization", refusal.Param);
        Assert.Contains("stored as Nf4", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_model_does_not_have_is_refused_before_anything_is_trained()
    {
        Assert.Null(_engine.Refusal(Settings));
        Assert.Contains("q_proj", _engine.Refusal(Settings with { TargetModules = ["c_attn"] })!.Message, StringComparison.Ordinal);
        Assert.Contains("no layer", _engine.Refusal(Settings with { LayersToTransform = [99] })!.Message, StringComparison.Ordinal);
        Assert.Contains("embed", _engine.Refusal(Settings with { ModulesToSave = ["classifier"] })!.Message, StringComparison.Ordinal);
        JobError wide = _engine.Refusal(Settings with { PrincipalStart = true, Rank = 200 })!;
        Assert.Equal("x_ratchet.rank", wide.Param);
        Assert.Contains("up to 192", wide.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // In the precision of the scorer, which published adapters are held against: bfloat16 has bounds of its own in the engine's tests.
    private static ManagedEngine Open() => new(
        Path.Combine(SolutionFolder.Find(), "models", "smollm2-135m-instruct.q4_1.gguf"),
        () => EngineBackends.Choose(new BackendOptions { Precision = "float32" }));

    private static double Nll(ManagedEngine engine, string? adapter)
    {
        using IAnswerScorer scorer = engine.Score(adapter);
        return scorer.Score([new AnswerRequest(Question, Conversation.Messages[1].Content, 0)])[0].NllSum;
    }

    private (JsonElement Config, double Loss, double Norm, double Divergence) Publish(JobSettings settings)
    {
        Assert.Null(_engine.Refusal(settings));
        EncodedSample[] samples = [_engine.Encode(Conversation, "completion", 64)];
        using ITrainingRun run = _engine.Train(new TrainingPlan(settings, 3, 0, "base"), samples, null);
        while (!run.IsFinished)
        {
            Assert.True(double.IsFinite(run.Advance(CancellationToken.None).Loss));
        }

        double norm = run.ChangeNorm().Absolute;
        double divergence = run.Divergence(samples)!.Value;
        double loss = run.Evaluate(samples);
        run.SaveAdapter(_folder);
        return (JsonElement.Parse(File.ReadAllText(Path.Combine(_folder, "adapter_config.json"))), loss, norm, divergence);
    }
}
