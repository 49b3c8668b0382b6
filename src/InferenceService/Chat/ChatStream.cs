using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.InferenceService.Serving;
using Ratchet.InferenceService.Tools;

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
            ToolCallReader? tools = envelope.Tools is null ? null : new ToolCallReader(envelope.Tools);
            int sent = 0;
            FinishReason finish = FinishReason.Stop;
            await foreach (GeneratedToken token in answer.ReadAsync(cancellation))
            {
                Interlocked.Increment(ref written);
                string text = tools is null ? token.Text : tools.Append(token.Text);
                TokenLogprob? logprob =
                    float.IsNaN(token.Logprob) ? null : TokenText.Logprob(envelope.Tokenizer, token);
                if (text.Length > 0 || logprob is not null)
                {
                    await stream.WriteAsync(envelope.Chunk(index, new ChunkDelta { Content = text }, logprob), cancellation);
                }

                finish = token.Finish ?? finish;
                sent = await WriteCallsAsync(index, tools, sent);
                if (tools?.IsDone == true)
                {
                    break;
                }
            }

            if (tools?.Finish() is { Length: > 0 } rest && !envelope.Tools!.IsForced)
            {
                await stream.WriteAsync(envelope.Chunk(index, new ChunkDelta { Content = rest }), cancellation);
            }

            sent = await WriteCallsAsync(index, tools, sent);
            if (tools is not null)
            {
                ChatEnvelope.RequireCall(envelope.Tools!, tools, finish);
            }

            string word = sent > 0 ? ChatEnvelope.ToolCallsWord : TokenText.Word(finish);
            await stream.WriteAsync(envelope.Chunk(index, new ChunkDelta(), finish: word), cancellation);
        }

        // Each call as OpenAI streams it: its name first, then its arguments.
        async Task<int> WriteCallsAsync(int index, ToolCallReader? tools, int sent)
        {
            for (; sent < (tools?.Calls.Count ?? 0); sent++)
            {
                FunctionCall call = tools!.Calls[sent];
                ToolCall named = envelope.Called(call with { Arguments = "" }, sent);
                var arguments = new ToolCall { Index = sent, Function = new CalledFunction { Arguments = call.Arguments } };
                await stream.WriteAsync(envelope.Chunk(index, new ChunkDelta { ToolCalls = [named] }), cancellation);
                await stream.WriteAsync(envelope.Chunk(index, new ChunkDelta { ToolCalls = [arguments] }), cancellation);
            }

            return sent;
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
