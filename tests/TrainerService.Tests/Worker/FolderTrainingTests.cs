using Ratchet.Contracts;
using Ratchet.Engine.Torch;
using Ratchet.TestKit;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Worker;

/// <summary>A Hugging Face folder is trained and scored as a GGUF file is.</summary>
public sealed class FolderTrainingTests
{
    private static readonly TrainingConversation Conversation = new(
        [new TrainingMessage("user", "the gate"), new TrainingMessage("assistant", "reads the numbers")]);

    [Fact]
    public void An_adapter_learns_on_a_folder_and_its_published_form_scores_likewise()
    {
        using var engine = new ManagedEngine(TinyFolder.Make(), () => EngineBackends.Choose(new BackendOptions()));
        var settings = new JobSettings
        {
            Rank = 4,
            Alpha = 8,
            Dropout = 0,
            TargetModules = ["q_proj", "v_proj"],
            LearningRate = 2e-2,
            Schedule = "constant",
            SamplesPerStep = 1,
            Epochs = 1,
            StepsMax = 12,
            LengthMax = 64,
            Seed = 5,
        };
        Assert.Null(engine.Refusal(settings));
        EncodedSample sample = engine.Encode(Conversation, "completion", 64);
        string adapter = Directory.CreateTempSubdirectory("ratchet-adapter-").FullName;
        double loss;
        using (ITrainingRun run = engine.Train(new TrainingPlan(settings, 12, 0, "base"), [sample], null))
        {
            double before = run.Evaluate([sample]);
            while (!run.IsFinished)
            {
                run.Advance(CancellationToken.None);
            }

            loss = run.Evaluate([sample]);
            run.SaveAdapter(adapter);
            Assert.True(loss < before - 0.05, $"The loss went from {before} to {loss}.");
        }

        using IAnswerScorer scorer = engine.Score(adapter);
        AnswerScore score = scorer.Score([new AnswerRequest([new PromptMessage("user", "the gate")], Conversation.Messages[1].Content, 0)])[0];
        Assert.Equal(loss, score.NllSum / score.TokenCount, 5e-3);
    }

    // F2, F8
    [Theory]
    [InlineData(TuningMethods.Full)]
    [InlineData(TuningMethods.Freeze)]
    public void Weights_of_the_base_learn_go_on_from_a_checkpoint_and_come_out_as_a_base(string tuning)
    {
        var settings = new JobSettings
        {
            Tuning = tuning,
            TrainableLayers = tuning == TuningMethods.Freeze ? 1 : null,
            Rank = 8,
            Alpha = 16,
            Dropout = 0,
            TargetModules = ["all-linear"],
            LearningRate = 1e-3,
            Schedule = "constant",
            SamplesPerStep = 1,
            Epochs = 1,
            StepsMax = 4,
            LengthMax = 64,
            Seed = 5,
        };
        string folder = TinyFolder.Make();
        var plan = new TrainingPlan(settings, 4, 0, "base");
        string checkpoint = Path.Combine(Directory.CreateTempSubdirectory("ratchet-model-").FullName, "checkpoint");
        string made = checkpoint + ".model";
        double[] losses = new double[4];
        double after;
        EncodedSample sample;
        using (ManagedEngine engine = Open(folder))
        {
            Assert.Null(engine.Refusal(settings));
            Assert.Equal("x_ratchet.trainable_layers", engine.Refusal(settings with { Tuning = TuningMethods.Freeze, TrainableLayers = 99 })!.Param);
            Assert.InRange(engine.TrainableCount(settings), 1, engine.ParameterCount - (tuning == TuningMethods.Full ? 0 : 1));
            Assert.True(engine.MemoryBytes(settings, 64) > 16 * engine.TrainableCount(settings));
            sample = engine.Encode(Conversation, "completion", 64);
            using ITrainingRun run = engine.Train(plan, [sample], null);
            for (int step = 0; step < 4; step++)
            {
                losses[step] = run.Advance(CancellationToken.None).Loss;
                if (step == 1)
                {
                    run.SaveCheckpoint(checkpoint);
                }
            }

            after = run.Evaluate([sample]);
            (double absolute, double relative) = run.ChangeNorm();
            Assert.True(absolute > 0 && relative is > 0 and < 1, $"{absolute}, {relative}");
            Assert.Null(run.Divergence([sample]));
            run.SaveModel(made);
        }

        Assert.True(losses[3] < losses[0], $"The loss went from {losses[0]} to {losses[3]}.");
        using (ManagedEngine engine = Open(folder))
        using (ITrainingRun resumed = engine.Train(plan, [sample], checkpoint))
        {
            Assert.Equal(losses[2..], new[] { resumed.Advance(CancellationToken.None).Loss, resumed.Advance(CancellationToken.None).Loss });
        }

        using ManagedEngine again = Open(made);
        using ITrainingRun reread = again.Train(plan with { Settings = settings with { Tuning = TuningMethods.Full, TrainableLayers = null } }, [sample], null);
        Assert.Equal(after, reread.Evaluate([sample]));
    }

    private static ManagedEngine Open(string model) => new(model, () => EngineBackends.Choose(new BackendOptions()));
}
