using System.Globalization;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Serving;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Models;

/// <summary>POST /api/show, as Ollama has it: the Modelfile of the base, the encoder or an adapter (F40).</summary>
public static class ShowModel
{
    internal static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/show", HandleAsync).WithTags("Models");

    private static async Task<ShowModelResponse> HandleAsync(
        ShowModelRequest request, ModelHost models, ModelResolver resolver, AdapterTable adapters, CancellationToken cancellation)
    {
        ModelHost.Loaded model = models.Current;
        string? name = string.IsNullOrWhiteSpace(request.Model) ? request.Name : request.Model;
        if (name == model.Encoder.Name)
        {
            return Encoder(model);
        }

        using AdapterLease? lease = await resolver.ResolveAsync(name, cancellation);
        return Decoder(model, lease, lease is null ? null : adapters.List().FirstOrDefault(row => row.Id == lease.Id));
    }

    private static ShowModelResponse Decoder(ModelHost.Loaded model, AdapterLease? lease, (string Id, string Path, long LoadedAt)? adapter)
    {
        LoadedDecoder decoder = model.Decoder;
        ModelConfig config = decoder.Model.Config;
        List<string> comments = [lease is null ? decoder.Name : $"{lease.Id} on {decoder.Name}"];
        if (lease is { Adapter: { HasMagnitudes: true } or { Saved.Count: > 0 } })
        {
            comments.Add("The adapter has parts that Ollama's adapters lack (DoRA, or whole weights); its export for Ollama is merged.");
        }
        else if (lease is not null)
        {
            comments.Add("ADAPTER is the folder that is served, as PEFT has it; its export for Ollama has it as a GGUF file.");
        }

        Modelfile file = OllamaModelfile.Show(decoder, model.DecoderPath, adapter is { Path: { } path } ? [path] : [], comments);
        long parameters = decoder.Model.ParameterCount;
        string type = decoder.Model.Linears.GroupBy(linear => linear.Weight.Type, linear => linear.Weight.ByteLength).MaxBy(own => own.Sum())!.Key.ToString();
        return Response(
            file,
            Details(model.DecoderPath, config.Architecture, Size(parameters), type, lease is null ? string.Empty : decoder.Name),
            Info(config, parameters),
            decoder.Chat is { } chat && chat.ToolCalls != ToolCallForm.None ? ["completion", "tools"] : ["completion"],
            adapter?.LoadedAt ?? model.CreatedAt);
    }

    private static ShowModelResponse Encoder(ModelHost.Loaded model)
    {
        EncoderModel encoder = model.Encoder.Model;
        var file = new Modelfile
        {
            From = model.EncoderPath,
            Parameters = [new("num_ctx", encoder.Config.ContextLength.ToString(CultureInfo.InvariantCulture))],
            Comments = [$"{model.Encoder.Name}, for embeddings"],
        };
        return Response(
            file, Details(model.EncoderPath, encoder.Config.Architecture, string.Empty, string.Empty, string.Empty), Info(encoder.Config, null), ["embedding"],
            model.CreatedAt);
    }

    private static ShowModelResponse Response(
        Modelfile file, ShownDetails details, Dictionary<string, object> info, IReadOnlyList<string> capabilities, long modifiedAt)
    {
        string text;
        try
        {
            text = file.ToString();
        }
        catch (ModelfileException problem)
        {
            throw new ApiException(422, "modelfile_not_writable", problem.Message, "model");
        }

        return new ShowModelResponse
        {
            Modelfile = text,
            Parameters = string.Join('\n', file.Parameters.Select(own => $"{own.Key,-30} {(own.Key == "stop" ? $"\"{own.Value}\"" : own.Value)}")),
            Template = file.Template,
            System = file.System,
            Details = details,
            ModelInfo = info,
            Capabilities = capabilities,
            ModifiedAt = DateTimeOffset.FromUnixTimeSeconds(modifiedAt),
        };
    }

    private static ShownDetails Details(string path, string family, string size, string type, string parent) =>
        new(parent, Directory.Exists(path) ? "safetensors" : "gguf", family, [family], size, type);

    private static Dictionary<string, object> Info(ModelConfig config, long? parameters)
    {
        string family = config.Architecture;
        var info = new Dictionary<string, object>
        {
            ["general.architecture"] = family,
            [$"{family}.context_length"] = config.ContextLength,
            [$"{family}.embedding_length"] = config.HiddenSize,
            [$"{family}.block_count"] = config.LayerCount,
            [$"{family}.feed_forward_length"] = config.FeedForwardSize,
            [$"{family}.attention.head_count"] = config.HeadCount,
            [$"{family}.attention.head_count_kv"] = config.KeyValueHeadCount,
            [$"{family}.vocab_size"] = config.VocabularySize,
        };
        if (parameters is { } count)
        {
            info["general.parameter_count"] = count;
        }

        return info;
    }

    private static string Size(long count)
    {
        (double numbers, string unit) = count switch { >= 1_000_000_000 => (count / 1e9, "B"), >= 1_000_000 => (count / 1e6, "M"), _ => (count / 1e3, "K") };
        return numbers.ToString("0.0", CultureInfo.InvariantCulture) + unit;
    }
}
