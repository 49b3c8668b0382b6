using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.InferenceService.Serving;

namespace Ratchet.InferenceService.Chat;

/// <summary>A streamed reply: the role, the text as it is written, the reason it ended, usage where asked for, [DONE].</summary>
internal static class ChatStream
{
    public static async Task WriteAsync(
        HttpContext context, ChatEnvelope envelope, IReadOnlyList<GenerationEngine.Answer> answers, bool withUsage,
        CancellationToken cancellation)
    {
        using var stream = new EventStream(context.Response);
        await stream.OpenAsync(cancellation);
        int written = 0;
        await stream.RunAsync(answers, WriteAnswerAsync, FinishAsync, cancellation);

        async Task WriteAnswerAsync(int index, GenerationEngine.Answer answer)
        {
            await stream.WriteAsync(
                envelope.Chunk(index, new ChunkDelta { Role = "assistant", Content = "" }), cancellation);
            await foreach (GeneratedToken token in answer.ReadAsync(cancellation))
            {
                Interlocked.Increment(ref written);
                TokenLogprob? logprob =
                    float.IsNaN(token.Logprob) ? null : TokenText.Logprob(envelope.Tokenizer, token);
                if (token.Text.Length > 0 || logprob is not null)
                {
                    await stream.WriteAsync(
                        envelope.Chunk(index, new ChunkDelta { Content = token.Text }, logprob), cancellation);
                }

                if (token.Finish is { } finish)
                {
                    await stream.WriteAsync(
                        envelope.Chunk(index, new ChunkDelta(), finish: TokenText.Word(finish)), cancellation);
                }
            }
        }

        async Task FinishAsync()
        {
            if (withUsage)
            {
                ChatCompletionChunk chunk = envelope.Chunk(0, new ChunkDelta());
                await stream.WriteAsync(
                    chunk with { Choices = [], Usage = envelope.UsageOf(answers, written) }, cancellation);
            }
        }
    }
}
