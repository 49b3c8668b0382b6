using Ratchet.Engine.Inference;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Serving;

/// <summary>Checks that prompt and answer fit the model's context, and hands the request to the engine.</summary>
internal static class AnswerRoom
{
    /// <summary>Tokens that the answer may have.</summary>
    /// <exception cref="ApiException">400 where prompt, or prompt and answer, do not fit.</exception>
    public static int TokensMax(int? wanted, int promptLength, int contextLength, int usual, string param)
    {
        int room = contextLength - promptLength;
        if (room < 1)
        {
            throw new ApiException(
                400,
                "context_length_exceeded",
                $"The prompt has {promptLength} tokens, and this model's context is {contextLength}, answer included. Shorten the "
                + "messages, or leave out the oldest.",
                "messages");
        }

        if (wanted is < 1)
        {
            throw ApiException.BadField(param, $"{param} is {wanted}; it must be at least 1.");
        }

        if (wanted > room)
        {
            throw new ApiException(
                400,
                "context_length_exceeded",
                $"The prompt has {promptLength} tokens and {param} asks for {wanted} more; together at most {contextLength} fit. "
                + $"Ask for at most {room}, or shorten the prompt.",
                param);
        }

        return wanted ?? Math.Min(usual, room);
    }

    /// <summary>Starts the answers.</summary>
    /// <exception cref="ApiException">429 where too many wait.</exception>
    public static IReadOnlyList<GenerationEngine.Answer> Start(
        GenerationEngine engine, GenerationRequest request, int count, CancellationToken cancellation)
    {
        try
        {
            return engine.Write(request, count, cancellation);
        }
        catch (QueueFullException full)
        {
            throw new ApiException(429, "queue_full", full.Message) { RetryAfter = full.RetryAfter };
        }
        catch (ArgumentException unfit)
        {
            throw new ApiException(400, "request_too_large", unfit.Message);
        }
    }
}
