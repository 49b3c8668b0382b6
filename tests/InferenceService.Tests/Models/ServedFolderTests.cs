using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Models;

/// <summary>A Hugging Face folder in Model:Base is served as a GGUF file is, under the folder's name.</summary>
public sealed class ServedFolderTests
{
    [Fact]
    public async Task A_folder_answers_a_chat()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string data = Directory.CreateTempSubdirectory("ratchet-").FullName;
        string folder = Model();
        await using WebApplicationFactory<Program> factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Ratchet:Data", data);
            builder.UseSetting("Model:Base", folder);
            builder.UseSetting("Inference:Precision", "float32");
        });
        using HttpClient client = factory.CreateClient();
        for (int i = 0; i < 300 && !(await client.GetAsync("/health", cancellation)).IsSuccessStatusCode; i++)
        {
            await Task.Delay(200, cancellation);
        }

        HttpResponseMessage response = await client.PostAsJsonAsync(
            "/v1/chat/completions",
            new
            {
                model = Path.GetFileName(folder),
                messages = new[] { new { role = "user", content = "the gate" } },
                max_completion_tokens = 4,
                temperature = 0,
            },
            cancellation);
        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);

        Assert.True(response.IsSuccessStatusCode, body.ToString());
        Assert.Equal(Path.GetFileName(folder), body.GetProperty("model").GetString());
        Assert.InRange(body.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 4);
        Assert.InRange(body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), 5, 40);
    }

    private static string Model()
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-folder-").FullName;
        foreach (string file in Directory.GetFiles(Golden.FolderOf("models/llama/model")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.Copy(Golden.PathOf("gguf/models/llama-tokenizer/tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(
            Path.Combine(folder, "chat_template.jinja"),
            "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
        return folder;
    }
}
