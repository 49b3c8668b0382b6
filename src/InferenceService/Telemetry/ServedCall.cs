using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.InferenceService.Serving;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.InferenceService.Telemetry;

/// <summary>A request that is being served: its span, and the answers that its numbers come from.</summary>
internal sealed class ServedCall(GenAiCall call)
{
    public GenAiCall Call { get; } = call;

    public IReadOnlyList<GenerationEngine.Answer> Answers { get; private set; } = [];

    /// <summary>Names the answers of this request; they are looked at when it ends.</summary>
    public static void Watch(HttpContext http, IReadOnlyList<GenerationEngine.Answer> answers, int promptTokens)
    {
        if (http.Features.Get<ServedCall>() is { } served)
        {
            served.Answers = answers;
            served.Call.InputTokens = promptTokens;
        }
    }

    /// <summary>Takes what the handler gave back, and what the answers say, into the span.</summary>
    public void Complete(object? result)
    {
        if (result is EmbeddingResponse embedding)
        {
            Call.ResponseModel = embedding.Model;
            Call.InputTokens = embedding.Usage.PromptTokens;
        }

        if (Answers.Count > 0)
        {
            Call.OutputTokens = Answers.Sum(answer => (long)answer.WrittenTokens);
            Call.CachedTokens = Answers[0].CachedTokens;
            Call.FinishReasons = [.. Answers.Select(answer => answer.Finish).OfType<FinishReason>().Select(TokenText.Word)];
        }
    }
}
