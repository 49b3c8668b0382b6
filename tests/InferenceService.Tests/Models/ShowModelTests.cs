using System.Text.Json;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Models;

/// <summary>F40: the Modelfile of whatever is served, in Ollama's own grammar.</summary>
public sealed class ShowModelTests(ServedModel service) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_base_is_shown_with_its_template_its_stops_and_what_it_is()
    {
        (int status, JsonElement body) = await service.PostAsync("/api/show", new { model = ServedModel.Base });

        Assert.Equal(200, status);
        var file = Modelfile.Parse(body.GetProperty("modelfile").GetString()!);
        Assert.True(File.Exists(file.From), file.From);
        Assert.Empty(file.Adapters);
        Assert.Contains("<|im_start|>", file.Template, StringComparison.Ordinal);
        Assert.StartsWith("You are a helpful AI assistant", file.System, StringComparison.Ordinal);
        Assert.Contains(new("stop", "<|im_end|>"), file.Parameters);
        Assert.Contains(new("num_ctx", "8192"), file.Parameters);
        Assert.Equal((file.Template, file.System), (body.GetProperty("template").GetString(), body.GetProperty("system").GetString()));
        Assert.Contains("stop                           \"<|im_end|>\"", body.GetProperty("parameters").GetString(), StringComparison.Ordinal);
        JsonElement details = body.GetProperty("details");
        Assert.Equal(("", "gguf", "llama", "134.5M", "Q4_1"), (Text("parent_model"), Text("format"), Text("family"), Text("parameter_size"), Text("quantization_level")));
        Assert.Equal(8192, body.GetProperty("model_info").GetProperty("llama.context_length").GetInt32());
        Assert.Equal(["completion"], body.GetProperty("capabilities").EnumerateArray().Select(own => own.GetString()));

        string? Text(string name) => details.GetProperty(name).GetString();
    }

    [Fact]
    public async Task An_adapter_is_shown_on_its_base_and_takes_the_same_template()
    {
        string adapter = Path.Combine(_folder, "adapter");
        Directory.CreateDirectory(adapter);
        File.Copy(Golden.PathOf("smollm2/training.attention_r8.final.safetensors"), Path.Combine(adapter, "adapter_model.safetensors"));
        await File.WriteAllTextAsync(
            Path.Combine(adapter, "adapter_config.json"),
            """{"peft_type":"LORA","task_type":"CAUSAL_LM","r":8,"lora_alpha":256,"bias":"none","target_modules":["q_proj","v_proj"]}""");
        Assert.True((await service.Client.PostAsync(
            "/v1/load_lora_adapter",
            new StringContent(JsonSerializer.Serialize(new { lora_name = "ft:shown", lora_path = adapter }), System.Text.Encoding.UTF8, "application/json"))).IsSuccessStatusCode);

        (_, JsonElement plain) = await service.PostAsync("/api/show", new { model = ServedModel.Base });
        (int status, JsonElement body) = await service.PostAsync("/api/show", new { name = "ft:shown" });
        await service.Client.PostAsync(
            "/v1/unload_lora_adapter", new StringContent("""{"lora_name":"ft:shown"}""", System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(200, status);
        var shown = Modelfile.Parse(body.GetProperty("modelfile").GetString()!);
        var own = Modelfile.Parse(plain.GetProperty("modelfile").GetString()!);
        Assert.Equal([adapter], shown.Adapters);
        Assert.Equal((own.From, own.Template, own.System), (shown.From, shown.Template, shown.System));
        Assert.Equal(own.Parameters, shown.Parameters);
        Assert.StartsWith("# ft:shown on smollm2-135m-instruct\n", body.GetProperty("modelfile").GetString(), StringComparison.Ordinal);
        Assert.Equal(ServedModel.Base, body.GetProperty("details").GetProperty("parent_model").GetString());
    }

    [Fact]
    public async Task The_encoder_is_shown_too()
    {
        JsonElement models = JsonDocument.Parse(await service.Client.GetStringAsync("/v1/models")).RootElement;
        string encoder = models.GetProperty("data").EnumerateArray().Select(card => card.GetProperty("id").GetString()!)
            .First(id => id != ServedModel.Base && !id.StartsWith("ft:", StringComparison.Ordinal));

        (int status, JsonElement body) = await service.PostAsync("/api/show", new { model = encoder });

        Assert.Equal(200, status);
        Assert.True(File.Exists(Modelfile.Parse(body.GetProperty("modelfile").GetString()!).From));
        Assert.Equal(["embedding"], body.GetProperty("capabilities").EnumerateArray().Select(own => own.GetString()));
        Assert.False(body.TryGetProperty("template", out _));
    }

    [Fact]
    public async Task An_unknown_name_and_none_are_told_apart()
    {
        (int unknown, JsonElement body) = await service.PostAsync("/api/show", new { model = "ft:none" });
        (int none, _) = await service.PostAsync("/api/show", new { });

        Assert.Equal((404, "model_not_found", 400), (unknown, body.GetProperty("error").GetProperty("code").GetString(), none));
    }
}
