using Ratchet.Contracts;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Ports;

/// <summary>The language-model engine as a worker needs it, with one base model loaded.</summary>
public interface IModelEngine : IDisposable
{
    /// <summary>What computes, and where.</summary>
    ComputePlace Compute { get; }

    /// <summary>Whether what examples of a step begin with can be computed once (<see cref="JobSettings.PrefixSharing"/>).</summary>
    bool CanSharePrefixes { get; }

    /// <summary>All weights of the base.</summary>
    long ParameterCount { get; }

    /// <summary>How the base's weights are stored, for example Q4_1: less than 16 bits makes it QLoRA.</summary>
    string WeightType { get; }

    /// <summary>Tokens of a conversation, and which of them are learnt; of a pair, those of both answers.</summary>
    /// <param name="conversation">Rendered with the model's own template.</param>
    /// <param name="lossOn">completion, last or all.</param>
    /// <param name="lengthMax">Longer ones lose what comes before the answer.</param>
    EncodedSample Encode(TrainingConversation conversation, string lossOn, int lengthMax);

    /// <summary>Weights that learn: those of an adapter of these settings, or the base's own.</summary>
    long TrainableCount(JobSettings settings);

    /// <summary>What of these settings cannot be done here, on this model or by what computes; null where all can.</summary>
    JobError? Refusal(JobSettings settings) => null;

    /// <summary>Bytes that training takes at its peak, estimated.</summary>
    long MemoryBytes(JobSettings settings, int longestSample);

    /// <summary>Makes the base what a run of these settings trains on; null where it stays as stored. It stays so until the engine is disposed of.</summary>
    BaseChange? Prepare(JobSettings settings) => null;

    /// <summary>Begins a run, or takes one up from a checkpoint folder. <see cref="Prepare"/> was called before.</summary>
    ITrainingRun Train(TrainingPlan plan, IReadOnlyList<EncodedSample> samples, string? checkpoint);

    /// <summary>Scores and writes answers, with an adapter or without.</summary>
    IAnswerScorer Score(string? adapterFolder);
}

/// <summary>What was made of the base's linear weights for training.</summary>
/// <param name="Before">How they are stored.</param>
/// <param name="After">What they are now.</param>
/// <param name="RelativeError">‖W - W'‖ / ‖W‖.</param>
public sealed record BaseChange(string Before, string After, long BytesBefore, long BytesAfter, double RelativeError);

/// <summary>What computes for a worker.</summary>
/// <param name="Backend">"managed" or "torch".</param>
/// <param name="Device">"cpu", "cuda:0".</param>
/// <param name="Reason">One sentence for people.</param>
public sealed record ComputePlace(string Backend, string Device, string Reason);

/// <summary>Settings with the number of steps settled.</summary>
public sealed record TrainingPlan(JobSettings Settings, int StepCount, int WarmupSteps, string BaseModelName);

/// <summary>A sample in tokens.</summary>
/// <param name="Ids">Tokens.</param>
/// <param name="Mask">True where the token is learnt.</param>
/// <param name="TruncatedCount">Tokens that were cut off.</param>
public sealed record EncodedSample(int[] Ids, bool[] Mask, int TruncatedCount)
{
    /// <summary>The same prompt with the worse answer; null where the sample is no pair.</summary>
    public EncodedSample? Rejected { get; init; }

    public int TargetCount => Mask.Count(learnt => learnt) + (Rejected?.TargetCount ?? 0);

    /// <summary>Tokens that go through the model.</summary>
    public int TokenCount => Ids.Length + (Rejected?.TokenCount ?? 0);

    /// <summary>Whether there is a token to learn; of a pair, one in each answer, and two answers.</summary>
    public bool IsLearnable => Mask.Contains(true) && (Rejected is null || (Rejected.Mask.Contains(true) && !Rejected.Ids.SequenceEqual(Ids)));
}

/// <summary>How pairs stand: means over them.</summary>
/// <param name="Loss">-log σ(margin).</param>
/// <param name="ChosenReward">β · log-probability of the preferred answer over that of the base.</param>
/// <param name="RejectedReward">The same of the other answer.</param>
/// <param name="Accuracy">Share of pairs whose preferred answer has the higher reward.</param>
public sealed record PreferenceFigures(double Loss, double ChosenReward, double RejectedReward, double Accuracy)
{
    public double Margin => ChosenReward - RejectedReward;
}

/// <summary>One training run.</summary>
public interface ITrainingRun : IDisposable
{
    /// <summary>Steps done.</summary>
    int StepCount { get; }

    bool IsFinished { get; }

    /// <summary>Trains on the samples of one optimiser step.</summary>
    StepOutcome Advance(CancellationToken cancellation);

    /// <summary>Mean NLL per learnt token; of pairs, their mean loss.</summary>
    double Evaluate(IReadOnlyList<EncodedSample> samples);

    /// <summary>How pairs stand now; null where the run learns from answers.</summary>
    PreferenceFigures? Preferences(IReadOnlyList<EncodedSample> pairs) => null;

    /// <summary>Mean KL divergence of the next-token distributions from those of the base, in nats a token, where answers of these samples begin; null where it is not measured.</summary>
    double? Divergence(IReadOnlyList<EncodedSample> prompts);

    /// <summary>Writes a folder from which the run goes on to the same losses; all or nothing.</summary>
    void SaveCheckpoint(string folder);

    /// <summary>Goes back to what <see cref="SaveCheckpoint"/> wrote of this run.</summary>
    void Restore(string folder);

    /// <summary>Writes the adapter as a PEFT folder.</summary>
    void SaveAdapter(string folder);

    /// <summary>Writes the whole model in single precision, in the base's own format, so that it can be a base itself.</summary>
    /// <exception cref="InvalidOperationException">The run trains an adapter.</exception>
    void SaveModel(string folder) => throw new InvalidOperationException("This run trains an adapter; save that.");

    /// <summary>The norm of all weight changes together, ‖ΔW‖, and relative to the norm of the weights changed.</summary>
    (double Absolute, double Relative) ChangeNorm();
}

/// <summary>What a step did.</summary>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Tokens">Tokens that went through the model.</param>
/// <param name="Preferences">How the step's pairs stood before it; null where the run learns from answers.</param>
public sealed record StepOutcome(
    int Step, double Loss, double GradientNorm, double LearningRate, int Tokens, double Seconds, PreferenceFigures? Preferences = null);

/// <summary>Answers of one model.</summary>
public interface IAnswerScorer : IDisposable
{
    /// <summary>Scores several at once; results do not depend on what else is in the batch.</summary>
    IReadOnlyList<AnswerScore> Score(IReadOnlyList<AnswerRequest> requests);
}

/// <summary>A prompt and the answer that is looked for.</summary>
/// <param name="WriteTokens">Also write an answer, greedily, of at most so many tokens; 0 for none.</param>
public sealed record AnswerRequest(IReadOnlyList<PromptMessage> Prompt, string Answer, int WriteTokens);

/// <summary>What the model makes of it.</summary>
/// <param name="NllSum">In nats, over the answer's tokens with the end of turn.</param>
/// <param name="WriteSeconds">Time of the written answer, shared out where several were written at once.</param>
public sealed record AnswerScore(
    double NllSum, int TokenCount, int PromptTokens, string? Written, int WrittenTokens, double WriteSeconds);
