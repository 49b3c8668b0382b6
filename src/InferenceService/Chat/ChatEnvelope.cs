using System.Text;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Serving;

namespace Ratchet.InferenceService.Chat;

/// <summary>What all parts of one reply share.</summary>
internal sealed record ChatEnvelope(string Id, long Created, string Model, ITokenizer Tokenizer, int PromptTokens)
{
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
            FinishReason finish = FinishReason.Stop;
            await foreach (GeneratedToken token in answers[i].ReadAsync(cancellation))
            {
                written++;
                text.Append(token.Text);
                finish = token.Finish ?? finish;
                if (!float.IsNaN(token.Logprob))
                {
                    logprobs.Add(TokenText.Logprob(Tokenizer, token));
                }
            }

            choices.Add(new ChatChoice
            {
                Index = i,
                Message = new AssistantMessage { Content = text.ToString() },
                Logprobs = logprobs.Count > 0 ? new ChoiceLogprobs { Content = logprobs } : null,
                FinishReason = TokenText.Word(finish),
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

    public Usage UsageOf(IReadOnlyList<GenerationEngine.Answer> answers, int written) =>
        new(PromptTokens, written, PromptTokens + written)
        {
            PromptTokensDetails = new PromptTokensDetails(answers[0].CachedTokens),
            CompletionTokensDetails = new CompletionTokensDetails(),
        };

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
