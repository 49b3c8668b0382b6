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
}
