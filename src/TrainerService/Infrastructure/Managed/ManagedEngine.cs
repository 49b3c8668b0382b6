using System.Text.Json;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Torch;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>The engine in this process, with one base model loaded: managed, or on TorchSharp where that was chosen.</summary>
public sealed class ManagedEngine : IModelEngine
{
    // Working memory of the runtime and of passes, seen on the bundled model.
    private const long FixedBytes = 256L << 20;
    private const long ActivationBytesMax = 800L << 20;

    private readonly string _modelPath;
    private readonly LoadedDecoder _loaded;
    private readonly IEngineBackend _backend;
    private readonly ChatEncoder _chat;

    /// <param name="modelPath">A GGUF file or a Hugging Face folder.</param>
    /// <param name="backend">Chooses what computes, which is owned here.</param>
    public ManagedEngine(string modelPath, Func<IEngineBackend> backend)
    {
        _modelPath = modelPath;
        _backend = backend();
        _loaded = ModelLoader.LoadDecoder(modelPath);
        _chat = _loaded.Chat ?? throw new InvalidDataException(
            $"{modelPath} has no chat template, so it cannot be trained on conversations. Use an instruct model.");
    }

    public ComputePlace Compute => new(_backend.Name, _backend.Device, _backend.Reason);

    public bool CanSharePrefixes => _backend.Name == BackendOptions.Managed;

    public long ParameterCount => _loaded.Model.ParameterCount;

    public string WeightType => _loaded.Model.Linears[0].Weight.Type.ToString();

    public EncodedSample Encode(TrainingConversation conversation, string lossOn, int lengthMax)
    {
        lengthMax = Math.Min(lengthMax, _loaded.Model.Config.ContextLength);
        if (conversation is { Preferred: { } preferred, NonPreferred: { } other })
        {
            return SampleTruncation.CutPair(Answered(conversation, preferred), Answered(conversation, other), lengthMax);
        }

        LossTargets targets = lossOn switch
        {
            "all" => LossTargets.AllTokens,
            "last" => LossTargets.LastAssistantTurn,
            _ => LossTargets.EveryAssistantTurn,
        };
        EncodedConversation encoded = _chat.EncodeConversation([.. conversation.Messages.Select(Message)], targets);
        if (lossOn == "completion")
        {
            ForgetUnweighted(conversation, encoded.Mask);
        }

        return SampleTruncation.Cut(encoded.Ids, encoded.Mask, lengthMax);
    }

    private EncodedConversation Answered(TrainingConversation conversation, TrainingMessage answer) => _chat.EncodeConversation(
        [.. conversation.Messages.Append(answer).Select(Message)], LossTargets.LastAssistantTurn);

    public long TrainableCount(JobSettings settings)
    {
        if (settings.MakesModel)
        {
            return ManagedModelRun.TrainableCount(_loaded.Model, settings);
        }

        try
        {
            using var adapter = LoraAdapter.Create(_loaded.Model, ManagedRun.Lora(settings), seed: 1);
            return adapter.ParameterCount;
        }
        catch (Exception fault) when (fault is InvalidConfigException or AdapterFormatException)
        {
            return 0;
        }
    }

    public BaseChange? Prepare(JobSettings settings)
    {
        if (Kind(settings) is not { } kind || WeightType == kind.ToString())
        {
            return null;
        }

        string before = WeightType;
        FourBitChange change = FourBitQuantization.Quantize(_loaded.Model, settings.DoubleQuantization, kind);
        return new BaseChange(
            before, TuningMethods.TrainedOn(settings, stored: null)!, change.BytesBefore, change.BytesAfter, change.RelativeError);
    }

    public JobError? Refusal(JobSettings settings) => SettingsRefusal.Of(settings, _loaded.Model, _backend);

    public long MemoryBytes(JobSettings settings, int longestSample)
    {
        ModelConfig config = _loaded.Model.Config;
        long perToken = (long)config.LayerCount * ((10L * config.HiddenSize) + (4L * config.FeedForwardSize)) * sizeof(float);
        long activations = Math.Min(ActivationBytesMax, perToken * Math.Max(ManagedRun.PassTokens(_loaded.Model, settings, _backend), longestSample));
        long own = (16 * TrainableCount(settings)) + activations
            + (settings.PrincipalStart ? sizeof(float) * _loaded.Model.ParameterCount : 0);
        if (settings.MakesModel)
        {
            // Weight, gradient and two moments of what learns; the base as stored, whole or what is left of it, and again to compare with.
            return FixedBytes + ((settings.Tuning == TuningMethods.Full ? 1 : 2) * _loaded.Model.ByteLength) + own;
        }

        if (Kind(settings) is null)
        {
            return FixedBytes + _loaded.Model.ByteLength + own;
        }

        // The base is read as it is stored, and made four-bit layer by layer.
        long widest = _loaded.Model.Linears.Max(l => (long)l.Outputs * l.Inputs * sizeof(float));
        return FixedBytes + Math.Max(
            _loaded.Model.ByteLength + widest, FourBitQuantization.BytesAfter(_loaded.Model, settings.DoubleQuantization) + own);
    }

    public ITrainingRun Train(TrainingPlan plan, IReadOnlyList<EncodedSample> samples, string? checkpoint) => plan.Settings.MakesModel
        ? new ManagedModelRun(_loaded.Model, _backend, _modelPath, plan, samples, checkpoint)
        : new ManagedRun(_loaded.Model, _backend, plan, samples, checkpoint);

    public IAnswerScorer Score(string? adapterFolder) => new ManagedScorer(_loaded, _backend, _chat, adapterFolder);

    public void Dispose()
    {
        _backend.Dispose();
        _loaded.Dispose();
    }

    private static FourBitKind? Kind(JobSettings settings) => settings.Quantization switch
    {
        TuningMethods.Nf4 => FourBitKind.Nf4,
        TuningMethods.Fp4 => FourBitKind.Fp4,
        _ => null,
    };

    // Each stretch of the mask is an answer; one of weight 0 is only context.
    private static void ForgetUnweighted(TrainingConversation conversation, bool[] mask)
    {
        TrainingMessage[] answers = [.. conversation.Messages.Where(m => m.Role == "assistant")];
        if (answers.All(m => m.Weight is not 0))
        {
            return;
        }

        int answer = -1;
        bool before = false;
        for (int i = 0; i < mask.Length; i++)
        {
            bool now = mask[i];
            answer += now && !before ? 1 : 0;
            mask[i] = now && answers[Math.Min(answer, answers.Length - 1)].Weight is not 0;
            before = now;
        }
    }

    internal static ChatMessage Message(TrainingMessage message)
    {
        var fields = new Dictionary<string, JsonElement>();
        if (message.Name is { } name)
        {
            fields["name"] = JsonSerializer.SerializeToElement(name);
        }

        if (message.ToolCalls is { } calls)
        {
            fields["tool_calls"] = calls;
        }

        if (message.ToolCallId is { } id)
        {
            fields["tool_call_id"] = JsonSerializer.SerializeToElement(id);
        }

        return new ChatMessage(message.Role, message.Content) { Fields = fields };
    }
}
