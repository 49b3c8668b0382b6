using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Serving;
using Ratchet.InferenceService.Telemetry;
using Ratchet.InferenceService.Tools;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Telemetry;
using WireMessage = Ratchet.Contracts.OpenAI.ChatMessage;

namespace Ratchet.InferenceService.Chat;

/// <summary>POST /v1/chat/completions.</summary>
public static class CreateChatCompletion
{
    private const int MessagesMax = 2048;

    private static readonly HashSet<string> Roles = ["system", "developer", "user", "assistant", "tool", "function"];

    internal static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/chat/completions", HandleAsync)
        .WithGenAiSpan(GenAi.Chat)
        .WithName(nameof(CreateChatCompletion))
        .WithTags("Chat");

    private static async Task HandleAsync(
        ChatCompletionRequest request, HttpContext context, ModelHost models, ModelResolver resolver,
        IOptions<InferenceOptions> options, TimeProvider clock)
    {
        CancellationToken cancellation = context.RequestAborted;
        using AdapterLease? lease = await resolver.ResolveAsync(request.Model, cancellation);
        ModelHost.Loaded model = models.Current;
        ChatEncoder chat = model.Decoder.Chat ?? throw new ApiException(
            400, "no_chat_template", $"The model '{model.Decoder.Name}' has no chat template. Use /v1/completions.", "model");
        RefuseWhatIsNotServed(request);

        var tools = ToolPlan.Read(request, chat.ToolCalls, model.Decoder.Name);
        int[] prompt = Encode(chat, request.Messages, tools);
        SamplingFields fields = FieldsOf(request).Or(model.Decoder.Generation);
        int count = fields.ChoiceCount();
        int tokensMax = AnswerRoom.TokensMax(
            request.MaxCompletionTokens ?? request.MaxTokens, prompt.Length, model.Engine.ContextLength,
            model.Decoder.Generation.TokensMax ?? options.Value.AnswerTokensUsual, request.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens");
        int top = request.TopLogprobs ?? 0;
        if (top is < 0 or > 20 || (top > 0 && request.Logprobs != true))
        {
            throw ApiException.BadField(
                "top_logprobs", $"top_logprobs is {top}; it must be from 0 to 20, and needs logprobs to be true.");
        }

        GenerationConfig config = fields.ToConfig(tokensMax, chat.StopTokens, request.Logprobs == true, top);

        // An answer that is not read to its end, for its call is whole, is not written to its end either.
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        IReadOnlyList<GenerationEngine.Answer> answers = AnswerRoom.Start(
            model.Engine, new GenerationRequest(prompt, config, lease?.Adapter, lease?.Id ?? ""), count, writing.Token);
        ServedCall.Watch(context, answers, prompt.Length);

        var envelope = new ChatEnvelope(
            $"chatcmpl-{Guid.CreateVersion7(clock.GetUtcNow()):N}", clock.GetUtcNow().ToUnixTimeSeconds(), request.Model!,
            model.Decoder.Tokenizer, prompt.Length, tools, clock);
        try
        {
            if (request.Stream == true)
            {
                await ChatStream.WriteAsync(
                    context, envelope, answers, request.StreamOptions?.IncludeUsage == true, cancellation);
            }
            else
            {
                await context.Response.WriteAsJsonAsync(await envelope.CollectAsync(answers, cancellation), cancellation);
            }
        }
        finally
        {
            await writing.CancelAsync();
        }
    }

    /// <summary>Checks the messages and tokenises them with the model's own template.</summary>
    private static int[] Encode(ChatEncoder chat, List<WireMessage>? messages, ToolPlan? tools)
    {
        if (messages is not { Count: > 0 })
        {
            throw ApiException.BadField("messages", "messages is empty; it must hold at least one message, for example "
                + "[{\"role\": \"user\", \"content\": \"Hello\"}].");
        }

        if (messages.Count > MessagesMax)
        {
            throw ApiException.BadField(
                "messages", $"messages holds {messages.Count} messages; at most {MessagesMax} are taken. Leave out the oldest.");
        }

        var turns = new List<Engine.Tokenization.ChatMessage>(messages.Count);
        for (int i = 0; i < messages.Count; i++)
        {
            WireMessage message = messages[i];
            if (message?.Role is null || !Roles.Contains(message.Role))
            {
                throw ApiException.BadField(
                    $"messages[{i}].role",
                    $"messages[{i}].role is '{message?.Role}'; it must be one of {string.Join(", ", Roles)}.");
            }

            if (!message.TryGetText(out string text))
            {
                throw ApiException.BadField(
                    $"messages[{i}].content",
                    $"messages[{i}].content holds something that is not text; this model reads text only: a string, or parts of "
                    + "type text.");
            }

            turns.Add(new Engine.Tokenization.ChatMessage(message.Role == "developer" ? "system" : message.Role, text)
            {
                Fields = ToolFields.Of(message, i),
            });
        }

        try
        {
            return tools is null
                ? chat.EncodePrompt(turns)
                : chat.EncodePrompt(
                    turns, new Dictionary<string, System.Text.Json.JsonElement> { ["tools"] = tools.Tools }, tools.Opening);
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or InvalidOperationException)
        {
            throw ApiException.BadField(
                "messages", $"The model's chat template does not take these messages: {failure.Message}");
        }
    }

    private static void RefuseWhatIsNotServed(ChatCompletionRequest request)
    {
        if (request.ResponseFormat is { ValueKind: System.Text.Json.JsonValueKind.Object } format
            && format.TryGetProperty("type", out var type)
            && type.ValueKind == System.Text.Json.JsonValueKind.String
            && type.GetString() is not "text")
        {
            throw ApiException.BadField(
                "response_format",
                $"response_format is '{type.GetString()}'; this service writes text only. Leave the field out, and ask for JSON "
                + "in the prompt.");
        }
    }

    private static SamplingFields FieldsOf(ChatCompletionRequest request) => new()
    {
        Temperature = request.Temperature,
        TopP = request.TopP,
        TopK = request.TopK,
        MinP = request.MinP,
        RepetitionPenalty = request.RepetitionPenalty,
        FrequencyPenalty = request.FrequencyPenalty,
        PresencePenalty = request.PresencePenalty,
        LogitBias = request.LogitBias,
        Stop = request.Stop,
        Seed = request.Seed,
        N = request.N,
    };
}
