using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Models;
using Ratchet.InferenceService.Serving;
using Ratchet.InferenceService.Telemetry;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.InferenceService.Embeddings;

/// <summary>POST /v1/embeddings, by the bundled encoder.</summary>
public static class CreateEmbedding
{
    private const int TextLengthMax = 200_000;

    // One batch at a time: encoding takes all cores as it is.
    private static readonly SemaphoreSlim Turn = new(1);

    internal static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/embeddings", HandleAsync)
        .WithGenAiSpan(GenAi.Embeddings)
        .WithName(nameof(CreateEmbedding))
        .WithTags("Embeddings");

    private static async Task<EmbeddingResponse> HandleAsync(
        EmbeddingRequest request, ModelHost models, IOptions<InferenceOptions> options, CancellationToken cancellation)
    {
        LoadedEncoder encoder = models.Current.Encoder;
        if (request.Model is { Length: > 0 } model && model != encoder.Name)
        {
            throw new ApiException(
                404, "model_not_found",
                $"The model '{model}' makes no embeddings here; '{encoder.Name}' does.", "model");
        }

        if (request.EncodingFormat is not (null or "float" or "base64"))
        {
            throw ApiException.BadField(
                "encoding_format", $"encoding_format is '{request.EncodingFormat}'; it must be float or base64.");
        }

        if (request.Dimensions is { } dimensions && dimensions != encoder.Dimensions)
        {
            throw ApiException.BadField(
                "dimensions", $"dimensions is {dimensions}; '{encoder.Name}' makes vectors of {encoder.Dimensions} numbers.");
        }

        List<string> texts = ReadInput(request.Input, options.Value.EmbeddingInputsMax);
        await Turn.WaitAsync(cancellation);
        float[][] vectors;
        try
        {
            vectors = await Task.Run(() => encoder.Embed(texts), cancellation);
        }
        finally
        {
            Turn.Release();
        }

        int tokens = texts.Sum(text => encoder.Tokenizer.Encode(text, addSpecial: true).Length);
        bool base64 = request.EncodingFormat == "base64";
        return new EmbeddingResponse
        {
            Model = encoder.Name,
            Data = [.. vectors.Select((vector, index) => new EmbeddingRow(
                index,
                base64
                    ? JsonSerializer.SerializeToElement(Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)))
                    : JsonSerializer.SerializeToElement(vector)))],
            Usage = new EmbeddingUsage(tokens, tokens),
        };
    }

    private static List<string> ReadInput(JsonElement? input, int inputsMax)
    {
        var texts = new List<string>();
        switch (input?.ValueKind)
        {
            case JsonValueKind.String:
                texts.Add(input.Value.GetString()!);
                break;
            case JsonValueKind.Array when input.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String):
                texts.AddRange(input.Value.EnumerateArray().Select(item => item.GetString()!));
                break;
            default:
                throw ApiException.BadField("input", "input must be a string or a list of strings; token ids are not taken.");
        }

        if (texts.Count == 0 || texts.Count > inputsMax)
        {
            throw ApiException.BadField("input", $"input has {texts.Count} texts; it must have from 1 to {inputsMax}.");
        }

        int at = texts.FindIndex(text => text.Length is 0 or > TextLengthMax);
        return at < 0
            ? texts
            : throw ApiException.BadField(
                $"input[{at}]",
                $"input[{at}] has {texts[at].Length} characters; it must have from 1 to {TextLengthMax:N0}.");
    }
}
