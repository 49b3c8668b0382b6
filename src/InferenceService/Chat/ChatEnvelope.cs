using System.Text;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Serving;
using Ratchet.InferenceService.Tools;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Chat;

/// <summary>What all parts of one reply share.</summary>
internal sealed record ChatEnvelope(
    string Id, long Created, string Model, ITokenizer Tokenizer, int PromptTokens, ToolPlan? Tools, TimeProvider Clock)
{
    /// <summary>The word of the API for an answer that ends in calls.</summary>
    public const string ToolCallsWord = "tool_calls";

    /// <summary>Waits for all answers and builds the whole reply.</summary>
    public async Task<ChatCompletion> CollectAsync(
        IReadOnlyList<GenerationEngine.Answer> answers, CancellationToken cancellation)
    {
        var choices = new List<ChatChoice>(answers.Count);
        int written = 0;
        for (int i = 0; i < answers.Count; i++)
        {
            var text = new StringBuilder();
            var logprobs = new List<TokenLogprob>();
            ToolCallReader? tools = Tools is null ? null : new ToolCallReader(Tools);
            FinishReason finish = FinishReason.Stop;
            await foreach (GeneratedToken token in answers[i].ReadAsync(cancellation))
            {
                written++;
                text.Append(tools is null ? token.Text : tools.Append(token.Text));
                finish = token.Finish ?? finish;
                if (!float.IsNaN(token.Logprob))
                {
                    logprobs.Add(TokenText.Logprob(Tokenizer, token));
                }

                if (tools?.IsDone == true)
                {
                    break;
                }
            }

            text.Append(tools?.Finish());
            IReadOnlyList<ToolCall>? calls = tools is null ? null : Called(tools, finish);
            choices.Add(new ChatChoice
            {
                Index = i,
                Message = new AssistantMessage { Content = calls is not null && text.Length == 0 ? null : text.ToString(), ToolCalls = calls },
                Logprobs = logprobs.Count > 0 ? new ChoiceLogprobs { Content = logprobs } : null,
                FinishReason = calls is null ? TokenText.Word(finish) : ToolCallsWord,
            });
        }

        return new ChatCompletion
        {
            Id = Id,
            Created = Created,
            Model = Model,
            SystemFingerprint = TokenText.Fingerprint,
            Choices = choices,
            Usage = UsageOf(answers, written),
        };
    }

    /// <summary>A call as the API has it.</summary>
    public ToolCall Called(FunctionCall call, int? index = null) => new()
    {
        Index = index,
        Id = $"call_{Guid.CreateVersion7(Clock.GetUtcNow()):N}",
        Type = "function",
        Function = new CalledFunction { Name = call.Name, Arguments = call.Arguments },
    };

    /// <summary>Refuses an answer without a call where one had to be.</summary>
    /// <exception cref="ApiException">500: the model did not write a call that can be read.</exception>
    public static void RequireCall(ToolPlan plan, ToolCallReader read, FinishReason finish)
    {
        if (plan.IsForced && read.Calls.Count == 0)
        {
            throw new ApiException(
                500, "tool_call_not_written",
                (finish == FinishReason.Length
                    ? "The answer was cut off before its call was whole: raise max_completion_tokens."
                    : "The model was made to call a function and wrote no call that can be read.")
                + " A larger model keeps to the form more often; \"tool_choice\": \"auto\" lets this one answer in words.");
        }
    }

    public Usage UsageOf(IReadOnlyList<GenerationEngine.Answer> answers, int written) =>
        new(PromptTokens, written, PromptTokens + written)
        {
            PromptTokensDetails = new PromptTokensDetails(answers[0].CachedTokens),
            CompletionTokensDetails = new CompletionTokensDetails(),
        };

    private List<ToolCall>? Called(ToolCallReader read, FinishReason finish)
    {
        RequireCall(Tools!, read, finish);
        return read.Calls.Count == 0 ? null : [.. read.Calls.Select(call => Called(call))];
    }

    public ChatCompletionChunk Chunk(int index, ChunkDelta delta, TokenLogprob? logprob = null, string? finish = null) => new()
    {
        Id = Id,
        Created = Created,
        Model = Model,
        SystemFingerprint = TokenText.Fingerprint,
        Choices =
        [
            new ChunkChoice
            {
                Index = index,
                Delta = delta,
                Logprobs = logprob is null ? null : new ChoiceLogprobs { Content = [logprob] },
                FinishReason = finish,
            },
        ],
    };
}
