using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Serving;
using Ratchet.InferenceService.Telemetry;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.InferenceService.Completions;

/// <summary>POST /v1/completions: continues a plain text, without a chat template.</summary>
public static class CreateCompletion
{
    private const int PromptsMax = 32;

    internal static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/completions", HandleAsync)
        .WithGenAiSpan(GenAi.TextCompletion)
        .WithName(nameof(CreateCompletion))
        .WithTags("Completions");

    private static async Task HandleAsync(
        TextCompletionRequest request, HttpContext context, ModelHost models, ModelResolver resolver,
        IOptions<InferenceOptions> options, TimeProvider clock)
    {
        CancellationToken cancellation = context.RequestAborted;
        using AdapterLease? lease = await resolver.ResolveAsync(request.Model, cancellation);
        ModelHost.Loaded model = models.Current;
        ITokenizer tokenizer = model.Decoder.Tokenizer;
        List<int[]> prompts = ReadPrompts(request.Prompt, tokenizer);
        SamplingFields fields = FieldsOf(request).Or(model.Decoder.Generation);
        int count = fields.ChoiceCount();
        int top = request.Logprobs ?? 0;
        if (top is < 0 or > 5)
        {
            throw ApiException.BadField("logprobs", $"logprobs is {top}; it must be from 0 to 5.");
        }

        int[] stopTokens =
        [
            .. model.Decoder.Generation.EndTokens.Where(id => id >= 0 && id < tokenizer.VocabularySize).Union(tokenizer.EndToken is { } end ? [end] : []),
        ];
        var answers = new List<GenerationEngine.Answer>();
        foreach (int[] prompt in prompts)
        {
            int tokensMax = AnswerRoom.TokensMax(
                request.MaxTokens ?? 16, prompt.Length, model.Engine.ContextLength, options.Value.AnswerTokensUsual, "max_tokens");
            GenerationConfig config = fields.ToConfig(tokensMax, stopTokens, request.Logprobs is not null, top);
            answers.AddRange(AnswerRoom.Start(
                model.Engine, new GenerationRequest(prompt, config, lease?.Adapter, lease?.Id ?? ""), count, cancellation));
        }

        var envelope = new TextCompletion
        {
            Id = $"cmpl-{Guid.CreateVersion7(clock.GetUtcNow()):N}",
            Created = clock.GetUtcNow().ToUnixTimeSeconds(),
            Model = request.Model!,
            SystemFingerprint = TokenText.Fingerprint,
            Choices = [],
        };
        string[] echoes = request.Echo == true
            ? [.. prompts.SelectMany(prompt => Enumerable.Repeat(tokenizer.Decode(prompt), count))]
            : [.. Enumerable.Repeat("", answers.Count)];
        int promptTokens = prompts.Sum(prompt => prompt.Length);
        ServedCall.Watch(context, answers, promptTokens);
        if (request.Stream == true)
        {
            await StreamAsync(
                context, envelope, answers, echoes, promptTokens, request.StreamOptions?.IncludeUsage == true, tokenizer,
                cancellation);
        }
        else
        {
            await context.Response.WriteAsJsonAsync(
                await CollectAsync(envelope, answers, echoes, promptTokens, tokenizer, cancellation), cancellation);
        }
    }

    private static async Task<TextCompletion> CollectAsync(
        TextCompletion envelope, List<GenerationEngine.Answer> answers, string[] echoes, int promptTokens,
        ITokenizer tokenizer, CancellationToken cancellation)
    {
        var choices = new List<TextChoice>(answers.Count);
        int written = 0;
        for (int i = 0; i < answers.Count; i++)
        {
            var text = new StringBuilder(echoes[i]);
            var columns = new LogprobColumns(tokenizer);
            FinishReason finish = FinishReason.Stop;
            await foreach (GeneratedToken token in answers[i].ReadAsync(cancellation))
            {
                written++;
                columns.Add(token, text.Length);
                text.Append(token.Text);
                finish = token.Finish ?? finish;
            }

            choices.Add(new TextChoice
            {
                Index = i,
                Text = text.ToString(),
                Logprobs = columns.Take(),
                FinishReason = TokenText.Word(finish),
            });
        }

        return envelope with { Choices = choices, Usage = new Usage(promptTokens, written, promptTokens + written) };
    }

    private static async Task StreamAsync(
        HttpContext context, TextCompletion envelope, List<GenerationEngine.Answer> answers, string[] echoes,
        int promptTokens, bool withUsage, ITokenizer tokenizer, CancellationToken cancellation)
    {
        using var stream = new EventStream(context.Response);
        await stream.OpenAsync(cancellation);
        int written = 0;
        await stream.RunAsync(answers, WriteAnswerAsync, FinishAsync, cancellation);

        async Task WriteAnswerAsync(int index, GenerationEngine.Answer answer)
        {
            int offset = 0;
            if (echoes[index].Length > 0)
            {
                await WriteAsync(index, echoes[index], null, null);
                offset = echoes[index].Length;
            }

            await foreach (GeneratedToken token in answer.ReadAsync(cancellation))
            {
                Interlocked.Increment(ref written);
                var columns = new LogprobColumns(tokenizer);
                columns.Add(token, offset);
                offset += token.Text.Length;
                TextLogprobs? logprobs = columns.Take();
                if (token.Text.Length > 0 || logprobs is not null || token.Finish is not null)
                {
                    await WriteAsync(
                        index, token.Text, logprobs, token.Finish is { } finish ? TokenText.Word(finish) : null);
                }
            }
        }

        Task WriteAsync(int index, string text, TextLogprobs? logprobs, string? finish) => stream.WriteAsync(
            envelope with
            {
                Choices = [new TextChoice { Index = index, Text = text, Logprobs = logprobs, FinishReason = finish }],
            },
            cancellation);

        Task FinishAsync() => withUsage
            ? stream.WriteAsync(
                envelope with { Usage = new Usage(promptTokens, written, promptTokens + written) }, cancellation)
            : Task.CompletedTask;
    }

    private static List<int[]> ReadPrompts(JsonElement? prompt, ITokenizer tokenizer)
    {
        var prompts = new List<int[]>();
        switch (prompt?.ValueKind)
        {
            case JsonValueKind.String:
                prompts.Add(tokenizer.Encode(prompt.Value.GetString()!));
                break;
            case JsonValueKind.Array when IsIds(prompt.Value):
                prompts.Add(ReadIds(prompt.Value, tokenizer));
                break;
            case JsonValueKind.Array when prompt.Value.GetArrayLength() <= PromptsMax:
                foreach (JsonElement item in prompt.Value.EnumerateArray())
                {
                    prompts.Add(item.ValueKind switch
                    {
                        JsonValueKind.String => tokenizer.Encode(item.GetString()!),
                        JsonValueKind.Array when IsIds(item) => ReadIds(item, tokenizer),
                        _ => throw BadPrompt(),
                    });
                }

                break;
            default:
                throw BadPrompt();
        }

        if (prompts.Count == 0 || prompts.Any(ids => ids.Length == 0))
        {
            throw ApiException.BadField("prompt", "prompt is empty; it must hold at least one token.");
        }

        return prompts;
    }

    private static bool IsIds(JsonElement list) =>
        list.GetArrayLength() > 0 && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number);

    private static int[] ReadIds(JsonElement list, ITokenizer tokenizer) => [.. list.EnumerateArray().Select(item =>
        item.TryGetInt32(out int id) && id >= 0 && id < tokenizer.VocabularySize
            ? id
            : throw ApiException.BadField(
                "prompt", $"prompt holds {item.GetRawText()}; token ids are from 0 to {tokenizer.VocabularySize - 1}."))];

    private static ApiException BadPrompt() => ApiException.BadField(
        "prompt", $"prompt must be a string, a list of token ids, or a list of at most {PromptsMax} of these.");

    private static SamplingFields FieldsOf(TextCompletionRequest request) => new()
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
