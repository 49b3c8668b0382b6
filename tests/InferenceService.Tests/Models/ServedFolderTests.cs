using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Models;

/// <summary>A Hugging Face folder in Model:Base is served as a GGUF file is, under the folder's name.</summary>
public sealed class ServedFolderTests
{
    [Fact]
    public async Task A_folder_answers_a_chat()
    {
        string folder = TinyFolder.Make();
        await using WebApplicationFactory<Program> factory = Serve(folder);
        using HttpClient client = await OwnService.ReadyAsync(factory);

        JsonElement body = await OwnService.AskAsync(client, "chat/completions", new
        {
            model = Path.GetFileName(folder),
            messages = new[] { new { role = "user", content = "the gate" } },
            max_completion_tokens = 4,
            temperature = 0,
        });

        Assert.Equal(Path.GetFileName(folder), body.GetProperty("model").GetString());
        Assert.InRange(body.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 4);
        Assert.InRange(body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), 5, 40);
    }

    /// <summary>Every token but one ends a text: of a list of several, all count, on both routes.</summary>
    [Fact]
    public async Task What_its_makers_say_of_sampling_and_of_the_end_counts()
    {
        string ends = string.Join(", ", Enumerable.Range(2, 4000));
        string folder = TinyFolder.Make($$"""{"eos_token_id": [{{ends}}], "do_sample": false, "temperature": 0.7, "max_new_tokens": 3}""");
        await using WebApplicationFactory<Program> factory = Serve(folder);
        using HttpClient client = await OwnService.ReadyAsync(factory);
        string model = Path.GetFileName(folder);

        JsonElement chat = await OwnService.AskAsync(client, "chat/completions", new { model, messages = new[] { new { role = "user", content = "the gate" } } });
        JsonElement text = await OwnService.AskAsync(client, "completions", new { model, prompt = "the gate" });

        foreach (JsonElement body in new[] { chat, text })
        {
            Assert.Equal("stop", body.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.InRange(body.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 0, 1);
        }
    }

    [Fact]
    public async Task An_answer_is_as_long_as_its_makers_would_have_it_unless_the_request_says_so()
    {
        string folder = TinyFolder.Make("""{"do_sample": false, "max_new_tokens": 3}""");
        await using WebApplicationFactory<Program> factory = Serve(folder);
        using HttpClient client = await OwnService.ReadyAsync(factory);
        string model = Path.GetFileName(folder);
        var messages = new[] { new { role = "user", content = "the gate" } };
        var bias = new Dictionary<string, int> { ["0"] = -100, ["1"] = -100, ["2"] = -100 };

        JsonElement usual = await OwnService.AskAsync(client, "chat/completions", new { model, messages, logit_bias = bias });
        JsonElement again = await OwnService.AskAsync(client, "chat/completions", new { model, messages, logit_bias = bias });
        JsonElement longer = await OwnService.AskAsync(client, "chat/completions", new { model, messages, logit_bias = bias, max_completion_tokens = 5 });

        Assert.Equal(3, usual.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(Text(usual), Text(again));
        Assert.Equal(5, longer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.StartsWith(Text(usual).TrimEnd('\uFFFD'), Text(longer), StringComparison.Ordinal);

        static string Text(JsonElement body) => body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    /// <summary>F40: the folder itself, and what its makers say of sampling.</summary>
    [Fact]
    public async Task A_folder_is_shown_as_its_makers_would_have_it_asked()
    {
        string folder = TinyFolder.Make("""{"eos_token_id": [2], "temperature": 0.6, "top_k": 20, "top_p": 0.95, "repetition_penalty": 1.05}""");
        await using WebApplicationFactory<Program> factory = Serve(folder);
        using HttpClient client = await OwnService.ReadyAsync(factory);

        using HttpResponseMessage response = await client.PostAsJsonAsync("/api/show", new { model = Path.GetFileName(folder) }, TestContext.Current.CancellationToken);
        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        var file = Modelfile.Parse(body.GetProperty("modelfile").GetString()!);
        Assert.Equal(folder, file.From);
        Assert.Equal(
            ["temperature 0.6", "top_k 20", "top_p 0.95", "repeat_penalty 1.05"],
            file.Parameters.Where(own => own.Key is not ("stop" or "num_ctx")).Select(own => $"{own.Key} {own.Value}"));
        Assert.NotNull(file.Template);
        Assert.Equal("safetensors", body.GetProperty("details").GetProperty("format").GetString());
    }

    /// <summary>A template that Ollama cannot be told is left out, and the file says why.</summary>
    [Fact]
    public async Task A_folder_whose_template_does_more_is_shown_without_it()
    {
        string folder = TinyFolder.Make();
        await File.WriteAllTextAsync(Path.Combine(folder, "chat_template.jinja"), "{{ messages[-1].content }}", TestContext.Current.CancellationToken);
        await using WebApplicationFactory<Program> factory = Serve(folder);
        using HttpClient client = await OwnService.ReadyAsync(factory);

        using HttpResponseMessage response = await client.PostAsJsonAsync("/api/show", new { model = Path.GetFileName(folder) }, TestContext.Current.CancellationToken);
        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        string text = body.GetProperty("modelfile").GetString()!;
        Assert.Null(Modelfile.Parse(text).Template);
        Assert.Contains("# Without TEMPLATE: ", text, StringComparison.Ordinal);
        Assert.NotEmpty(Modelfile.Parse(text).Parameters);
    }

    private static WebApplicationFactory<Program> Serve(string folder) =>
        OwnService.Serve(("Model:Base", folder), ("Inference:Precision", "float32"));
}
