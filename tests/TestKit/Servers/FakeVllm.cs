using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ratchet.TestKit.Servers;

/// <summary>vLLM's server as it speaks on the wire: routes, plain-text answers, error bodies, streams; its words are made up.</summary>
/// <remarks>
/// Adapters: https://docs.vllm.ai/en/latest/features/lora.html. Requests with a wrong key get {"error":"Unauthorized"}; without
/// VLLM_ALLOW_RUNTIME_LORA_UPDATING the adapter routes do not exist, and the framework says {"detail":"Not Found"}.
/// </remarks>
public sealed class FakeVllm(string baseModel) : HttpMessageHandler
{
    /// <summary>Loaded adapters: name and folder.</summary>
    public ConcurrentDictionary<string, string> Loaded { get; } = new();

    /// <summary>Every request: method, path and body.</summary>
    public ConcurrentQueue<(string Route, string Body)> Seen { get; } = new();

    public string? ApiKey { get; set; }

    public bool IsAway { get; set; }

    /// <summary>--enable-lora with VLLM_ALLOW_RUNTIME_LORA_UPDATING.</summary>
    public bool TakesAdapters { get; set; } = true;

    /// <summary>Versions up to 0.9 put the error's fields at the top of the body.</summary>
    public bool IsOld { get; set; }

    /// <summary>--max-lora-rank.</summary>
    public int RankMax { get; set; } = 16;

    /// <summary>--max-model-len, counted in words here.</summary>
    public int ContextLength { get; set; } = 2048;

    /// <summary>Which folders this server sees.</summary>
    public Func<string, bool> HasFolder { get; set; } = Directory.Exists;

    /// <summary>Adapters that load and then fail at their first use.</summary>
    public bool FailsAtFirstUse { get; set; }

    /// <summary>What a chat is answered with.</summary>
    public string Answer { get; set; } = "An answer of vLLM.";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        string path = request.RequestUri!.AbsolutePath;
        if (IsAway)
        {
            throw new HttpRequestException($"Connection refused ({request.RequestUri.Authority})");
        }

        Seen.Enqueue(($"{request.Method} {path}", body));
        if (path == "/health")
        {
            return Text("");
        }

        if (ApiKey is not null && request.Headers.Authorization?.ToString() != $"Bearer {ApiKey}")
        {
            return Json(new { error = "Unauthorized" }, HttpStatusCode.Unauthorized);
        }

        return (request.Method.Method, path) switch
        {
            ("GET", "/v1/models") => Models(),
            ("POST", "/v1/load_lora_adapter") when TakesAdapters => Load(JsonNode.Parse(body)!),
            ("POST", "/v1/unload_lora_adapter") when TakesAdapters => Unload(JsonNode.Parse(body)!),
            ("POST", "/v1/completions") => Complete(JsonNode.Parse(body)!),
            ("POST", "/v1/chat/completions") => Chat(JsonNode.Parse(body)!),
            _ => Json(new { detail = "Not Found" }, HttpStatusCode.NotFound),
        };
    }

    private HttpResponseMessage Models() => Json(new
    {
        @object = "list",
        data = new[] { Card(baseModel, $"/models/{baseModel}", null) }
            .Concat(Loaded.Select(adapter => Card(adapter.Key, adapter.Value, baseModel))),
    });

    private object Card(string id, string root, string? parent) => new
    {
        id,
        @object = "model",
        created = 1764309600,
        owned_by = "vllm",
        root,
        parent,
        max_model_len = parent is null ? ContextLength : (int?)null,
        permission = new[] { new { id = "modelperm-1", @object = "model_permission", allow_sampling = true } },
    };

    private HttpResponseMessage Load(JsonNode body)
    {
        string? name = (string?)body["lora_name"], path = (string?)body["lora_path"];
        if (string.IsNullOrEmpty(name) || string.IsNullOrEmpty(path))
        {
            return Error(400, "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be provided.");
        }

        if (Loaded.ContainsKey(name))
        {
            return Error(400, "InvalidUserInput", $"The lora adapter '{name}' has already been loaded.");
        }

        if (!HasFolder(path))
        {
            return Error(404, "NotFoundError", $"Loading lora {name} failed: No adapter found for {path}");
        }

        int rank = Rank(path);
        if (rank > RankMax)
        {
            return Error(400, "BadRequestError", $"LoRA rank {rank} is greater than max_lora_rank {RankMax}.");
        }

        Loaded[name] = path;
        return Text($"Success: LoRA adapter '{name}' added successfully.");
    }

    private static int Rank(string path)
    {
        string config = Path.Combine(path, "adapter_config.json");
        return File.Exists(config) && JsonNode.Parse(File.ReadAllText(config))?["r"] is { } rank ? (int)rank : 8;
    }

    private HttpResponseMessage Unload(JsonNode body)
    {
        string? name = (string?)body["lora_name"];
        return string.IsNullOrEmpty(name) ? Error(400, "InvalidUserInput", "either 'lora_name' and 'lora_int_id' needs to be provided.")
            : Loaded.TryRemove(name, out _) ? Text($"Success: LoRA adapter '{name}' removed successfully.")
            : Error(404, "NotFoundError", $"The lora adapter '{name}' cannot be found.");
    }

    private HttpResponseMessage Complete(JsonNode body)
    {
        if (Refusal(body) is { } refusal)
        {
            return refusal;
        }

        string prompt = (string)body["prompt"]!;
        object?[]? promptLogprobs = body["prompt_logprobs"] is null ? null
            : [null, .. prompt.Split(' ').Skip(1).Select((word, i) => new Dictionary<string, object>
            {
                [(i + 100).ToString(CultureInfo.InvariantCulture)] = new { logprob = -1.5, rank = 3, decoded_token = " " + word },
            })];
        return Json(new
        {
            id = "cmpl-1",
            @object = "text_completion",
            created = 1764309600,
            model = (string?)body["model"],
            choices = new[] { new { index = 0, text = " there", logprobs = (object?)null, finish_reason = "length", stop_reason = (object?)null, prompt_logprobs = promptLogprobs } },
            usage = new { prompt_tokens = 1, total_tokens = 2, completion_tokens = 1, prompt_tokens_details = (object?)null },
        });
    }

    private HttpResponseMessage Chat(JsonNode body)
    {
        if (Refusal(body) is { } refusal)
        {
            return refusal;
        }

        int words = body["messages"]!.AsArray().Sum(message => ((string?)message!["content"] ?? "").Split(' ').Length);
        if (words > ContextLength)
        {
            return Error(
                400, "BadRequestError",
                $"This model's maximum context length is {ContextLength} tokens. However, you requested {words} tokens in the messages, Please reduce the length of the messages.");
        }

        string? model = (string?)body["model"];
        if ((bool?)body["stream"] == true)
        {
            return Stream(model);
        }

        return Json(new
        {
            id = "chatcmpl-vllm",
            @object = "chat.completion",
            created = 1764309600,
            model,
            choices = new[]
            {
                new
                {
                    index = 0,
                    message = new { role = "assistant", reasoning_content = (string?)null, content = Answer, tool_calls = Array.Empty<object>() },
                    logprobs = (object?)null,
                    finish_reason = "stop",
                    stop_reason = (object?)null,
                },
            },
            usage = new { prompt_tokens = words, total_tokens = words + 4, completion_tokens = 4, prompt_tokens_details = (object?)null },
            prompt_logprobs = (object?)null,
        });
    }

    private HttpResponseMessage Stream(string? model)
    {
        var text = new StringBuilder();
        string[] words = Answer.Split(' ');
        Chunk(new { role = "assistant", content = "" }, null);
        for (int i = 0; i < words.Length; i++)
        {
            Chunk(new { content = (i == 0 ? "" : " ") + words[i] }, i == words.Length - 1 ? "stop" : null);
        }

        text.Append("data: [DONE]\n\n");
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(text.ToString(), Encoding.UTF8, "text/event-stream") };
        return response;

        void Chunk(object delta, string? finish) => text.Append("data: ").Append(JsonSerializer.Serialize(new
        {
            id = "chatcmpl-vllm",
            @object = "chat.completion.chunk",
            created = 1764309600,
            model,
            choices = new[] { new { index = 0, delta, logprobs = (object?)null, finish_reason = finish } },
        })).Append("\n\n");
    }

    private HttpResponseMessage? Refusal(JsonNode body)
    {
        string? model = (string?)body["model"];
        return model != baseModel && !Loaded.ContainsKey(model ?? "") ? Error(404, "NotFoundError", $"The model `{model}` does not exist.")
            : FailsAtFirstUse && model != baseModel ? Error(500, "InternalServerError", "EngineCore encountered an issue. See stack trace (above) for the root cause.")
            : null;
    }

    private HttpResponseMessage Error(int code, string type, string message) => Json(
        IsOld
            ? new { @object = "error", message, type, param = (string?)null, code }
            : new { error = new { message, type, param = (string?)null, code } },
        (HttpStatusCode)code);

    private static HttpResponseMessage Text(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "text/plain") };

    private static HttpResponseMessage Json(object value, HttpStatusCode status = HttpStatusCode.OK) => new(status)
    {
        Content = new StringContent(JsonSerializer.Serialize(value), Encoding.UTF8, "application/json"),
    };
}
