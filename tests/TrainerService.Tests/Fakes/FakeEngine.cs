using System.Globalization;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Fakes;

/// <summary>An engine whose losses follow from seed and step alone, so that two runs can be compared to the bit.</summary>
internal sealed class FakeEngine(FakeEngineSettings settings) : IModelEngine
{
    public ComputePlace Compute => settings.CanSharePrefixes
        ? new("managed", "cpu", "The managed engine on the CPU.")
        : new("torch", "cpu", "TorchSharp on the CPU.");

    public bool CanSharePrefixes => settings.CanSharePrefixes;

    public long ParameterCount => 134_515_008;

    public string WeightType => "Q4_1";

    public EncodedSample Encode(TrainingConversation conversation, string lossOn, int lengthMax)
    {
        int[] ids = [.. conversation.Messages.SelectMany(m => m.Content).Select(c => (int)c).Take(lengthMax)];
        bool[] mask = new bool[ids.Length];
        Array.Fill(mask, conversation.Preferred is not null || conversation.Messages.Any(m => m.Role == "assistant"));
        return new EncodedSample(ids, mask, 0)
        {
            Rejected = conversation.NonPreferred is null ? null : new EncodedSample([.. ids, 1], [.. mask, true], 0),
        };
    }

    public long TrainableCount(JobSettings job) => job.TargetModules.Contains("nothing") ? 0 : 2_442_240;

    public long MemoryBytes(JobSettings job, int longestSample) => settings.MemoryBytes;

    public BaseChange? Prepare(JobSettings job) => job.Quantization == TuningMethods.AsStored
        ? null : new BaseChange(WeightType, TuningMethods.TrainedOn(job, stored: null)!, 80, 50, 0.1);

    public ITrainingRun Train(TrainingPlan plan, IReadOnlyList<EncodedSample> samples, string? checkpoint) =>
        new FakeRun(plan, checkpoint, settings);

    public IAnswerScorer Score(string? adapterFolder) => new FakeScorer(adapterFolder, settings);

    public void Dispose()
    {
    }
}

/// <summary>How the fake behaves.</summary>
internal sealed class FakeEngineSettings
{
    public TimeSpan StepTime { get; set; } = TimeSpan.Zero;

    public double DeltaNorm { get; set; } = 1;

    public double Divergence { get; set; } = 0.25;

    public int DivergencePromptCount { get; set; }

    /// <summary>Loss on any samples after so many steps.</summary>
    public Func<int, double> EvaluatedLoss { get; set; } = step => 3.0 / (1 + (0.1 * step));

    public bool CanSharePrefixes { get; set; } = true;

    public long MemoryBytes { get; set; } = 400L << 20;

    /// <summary>The process dies in the middle of this step, once for each entry.</summary>
    public Queue<int> DieAt { get; } = new();

    public double CandidateGain { get; set; } = 0.5;

    public double ProbeLoss { get; set; }

    /// <summary>Dies after so many scored batches, once for each entry.</summary>
    public Queue<int> DieAfterBatches { get; } = new();
}

/// <summary>Stands for a kill -9.</summary>
internal sealed class KilledException : Exception;

internal sealed class FakeRun(TrainingPlan plan, string? checkpoint, FakeEngineSettings settings) : ITrainingRun
{
    public int StepCount { get; private set; } = checkpoint is null
        ? 0 : int.Parse(File.ReadAllText(Path.Combine(checkpoint, "state")), CultureInfo.InvariantCulture);

    public bool IsFinished => StepCount >= plan.StepCount;

    public StepOutcome Advance(CancellationToken cancellation)
    {
        Thread.Sleep(settings.StepTime);
        if (settings.DieAt.TryPeek(out int at) && at == StepCount + 1)
        {
            settings.DieAt.Dequeue();
            throw new KilledException();
        }

        StepCount++;
        double noise = new Random(plan.Settings.Seed + StepCount).NextDouble();
        return new StepOutcome(
            StepCount, (3.0 / (1 + (0.1 * StepCount))) + (0.01 * noise), 1.5, plan.Settings.LearningRate, 100, 0.01, Figures);
    }

    private PreferenceFigures? Figures => plan.Settings.Objective == TrainingObjectives.Preference
        ? new PreferenceFigures(settings.EvaluatedLoss(StepCount), 0.1 * StepCount, -0.1 * StepCount, 0.75) : null;

    public PreferenceFigures? Preferences(IReadOnlyList<EncodedSample> pairs)
    {
        Assert.All(pairs, pair => Assert.Equal(plan.Settings.Objective == TrainingObjectives.Preference, pair.Rejected is not null));
        return Figures;
    }

    public double Evaluate(IReadOnlyList<EncodedSample> samples) => settings.EvaluatedLoss(StepCount);

    public double? Divergence(IReadOnlyList<EncodedSample> prompts)
    {
        settings.DivergencePromptCount = prompts.Count;
        return plan.Settings.MakesModel ? null : settings.Divergence;
    }

    public void SaveCheckpoint(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "state"), StepCount.ToString(CultureInfo.InvariantCulture));
    }

    public void Restore(string folder) =>
        StepCount = int.Parse(File.ReadAllText(Path.Combine(folder, "state")), CultureInfo.InvariantCulture);

    public void SaveAdapter(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type":"LORA"}""");
        File.WriteAllText(
            Path.Combine(folder, "adapter_model.safetensors"),
            string.Create(CultureInfo.InvariantCulture, $"{plan.Settings.Seed} {StepCount}"));
    }

    public void SaveModel(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "model.gguf"), string.Create(CultureInfo.InvariantCulture, $"{plan.Settings.Seed} {StepCount}"));
    }

    public (double Absolute, double Relative) ChangeNorm() => (settings.DeltaNorm, settings.DeltaNorm / 100);

    public void Dispose()
    {
    }
}

internal sealed class FakeScorer(string? adapterFolder, FakeEngineSettings settings) : IAnswerScorer
{
    public IReadOnlyList<AnswerScore> Score(IReadOnlyList<AnswerRequest> requests)
    {
        if (settings.DieAfterBatches.TryPeek(out int left))
        {
            settings.DieAfterBatches.Dequeue();
            if (left == 0)
            {
                throw new KilledException();
            }

            int[] rest = [left - 1, .. settings.DieAfterBatches];
            settings.DieAfterBatches.Clear();
            Array.ForEach(rest, settings.DieAfterBatches.Enqueue);
        }

        return [.. requests.Select(Score)];
    }

    public void Dispose()
    {
    }

    private AnswerScore Score(AnswerRequest request)
    {
        double noise = new Random(request.Answer.Length * 31 + request.Prompt[^1].Content.Length).NextDouble() * 0.2;
        bool general = request.Answer.StartsWith("general", StringComparison.Ordinal);
        double mean = adapterFolder is null ? 2 + noise : general ? 2 + noise + settings.ProbeLoss : 2 + noise - settings.CandidateGain;
        string? written = request.WriteTokens == 0 ? null : adapterFolder is null ? "something else" : request.Answer;
        return new AnswerScore(mean * 10, 10, 100, written, written is null ? 0 : 5, 0.1);
    }
}
