using System.Text;
using System.Text.Json;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Models;

public sealed class AdapterTests(ServedModel service) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // F147, F148: several versions resident, an id names one adapter for ever.
    [Fact]
    public async Task An_adapter_is_loaded_used_by_its_id_listed_and_unloaded()
    {
        string path = GoldenAdapter();
        (int loaded, string text) = await PostTextAsync(
            "/v1/load_lora_adapter", $$"""{"lora_name":"ft:a","lora_path":{{JsonSerializer.Serialize(path)}}}""");
        (int twice, string refusal) = await PostTextAsync(
            "/v1/load_lora_adapter", $$"""{"lora_name":"ft:a","lora_path":{{JsonSerializer.Serialize(path)}}}""");
        (int chat, JsonElement body) = await service.PostAsync("/v1/chat/completions", Ask("ft:a"));
        string models = await service.Client.GetStringAsync("/v1/models");
        (int unloaded, _) = await PostTextAsync("/v1/unload_lora_adapter", """{"lora_name":"ft:a"}""");
        (int after, _) = await service.PostAsync("/v1/chat/completions", Ask("ft:a"));

        Assert.Equal(200, loaded);
        Assert.Equal("Success: LoRA adapter 'ft:a' added successfully.", text);
        Assert.Equal(400, twice);
        Assert.Contains("has already been loaded", refusal, StringComparison.Ordinal);
        Assert.Equal(200, chat);
        Assert.Equal("ft:a", body.GetProperty("model").GetString());
        Assert.Contains("\"parent\":\"smollm2-135m-instruct\"", models, StringComparison.Ordinal);
        Assert.Equal(200, unloaded);
        Assert.Equal(404, after);
    }

    [Fact]
    public async Task Two_adapters_and_the_base_answer_side_by_side_as_each_does_alone()
    {
        string path = GoldenAdapter();
        await PostTextAsync(
            "/v1/load_lora_adapter", $$"""{"lora_name":"ft:side","lora_path":{{JsonSerializer.Serialize(path)}}}""");
        string adapterAlone = await TextOf("ft:side");
        string baseAlone = await TextOf(ServedModel.Base);

        string[] together = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => TextOf(i % 2 == 0 ? "ft:side" : ServedModel.Base)));

        Assert.NotEqual(baseAlone, adapterAlone);
        Assert.All(together.Where((_, i) => i % 2 == 0), text => Assert.Equal(adapterAlone, text));
        Assert.All(together.Where((_, i) => i % 2 == 1), text => Assert.Equal(baseAlone, text));
        await PostTextAsync("/v1/unload_lora_adapter", """{"lora_name":"ft:side"}""");
    }

    [Theory]
    [InlineData("{}", "Both 'lora_name' and 'lora_path' must be provided.")]
    [InlineData("""{"lora_name":"x","lora_path":"relative"}""", "absolute path")]
    [InlineData("""{"lora_name":"x","lora_path":"/nowhere/at/all"}""", "absolute path")]
    public async Task A_load_that_cannot_be_is_refused_with_what_was_needed(string body, string part)
    {
        (int status, string text) = await PostTextAsync("/v1/load_lora_adapter", body);

        Assert.Equal(400, status);
        Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_adapter_is_refused_and_the_service_goes_on()
    {
        string path = GoldenAdapter();
        string weights = Path.Combine(path, "adapter_model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(weights);
        foreach (Action damage in (Action[])[
            () => File.WriteAllBytes(weights, bytes[..100]),
            () => File.WriteAllBytes(weights, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, .. bytes[8..]]),
            () => File.WriteAllText(weights, "no tensors"),
            () => File.WriteAllText(Path.Combine(path, "adapter_config.json"), "{\"r\": -5}"),
            () => File.WriteAllText(Path.Combine(path, "adapter_config.json"), "[[["),
            () => File.Delete(Path.Combine(path, "adapter_config.json"))])
        {
            damage();
            (int status, string text) = await PostTextAsync(
                "/v1/load_lora_adapter", $$"""{"lora_name":"ft:bad","lora_path":{{JsonSerializer.Serialize(path)}}}""");

            Assert.Equal(400, status);
            Assert.Contains("adapter_not_usable", text, StringComparison.Ordinal);
        }

        (int alive, _) = await service.PostAsync("/v1/chat/completions", Ask(ServedModel.Base));
        Assert.Equal(200, alive);
    }

    private static object Ask(string model) => new
    {
        model,
        messages = new[] { new { role = "user", content = "Where is the harbour?" } },
        max_tokens = 12,
        temperature = 0,
    };

    private async Task<string> TextOf(string model)
    {
        (int status, JsonElement body) = await service.PostAsync("/v1/chat/completions", Ask(model));
        Assert.Equal(200, status);
        return body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    private async Task<(int Status, string Text)> PostTextAsync(string path, string body)
    {
        HttpResponseMessage response = await service.Client.PostAsync(
            path, new StringContent(body, Encoding.UTF8, "application/json"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    // The adapter that PEFT trained on the bundled model, scaled up so that its answers are surely others.
    private string GoldenAdapter()
    {
        string folder = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        File.Copy(
            Golden.PathOf("smollm2/training.attention_r8.final.safetensors"),
            Path.Combine(folder, "adapter_model.safetensors"));
        File.WriteAllText(
            Path.Combine(folder, "adapter_config.json"),
            """
            {"peft_type":"LORA","task_type":"CAUSAL_LM","base_model_name_or_path":"smollm2-135m-instruct","r":8,"lora_alpha":256,
             "lora_dropout":0.0,"bias":"none","target_modules":["q_proj","v_proj"],"fan_in_fan_out":false,"inference_mode":true}
            """);
        return folder;
    }
}
