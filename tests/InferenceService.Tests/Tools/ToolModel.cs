using System.Text;
using Microsoft.AspNetCore.Mvc.Testing;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Tools;

/// <summary>
/// The service over a copy of the bundled model whose chat template has a place for tools: of the same length as the one
/// it stands in for, so that nothing else of the file moves.
/// </summary>
public sealed class ToolModel : IAsyncLifetime
{
    public const string Name = "with-tools";

    private const string Key = "tokenizer.chat_template";
    private const string Template =
        "{% if tools %}<|im_start|>system\n{{ tools|tojson }}<|im_end|>\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
        + "{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>{{ c.function|tojson }}</tool_call>{% endfor %}<|im_end|>\n"
        + "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-tools-").FullName;
    private WebApplicationFactory<Program>? _factory;

    public HttpClient Client { get; private set; } = null!;

    public HttpMessageHandler Handler => _factory!.Server.CreateHandler();

    public async ValueTask InitializeAsync()
    {
        string file = Path.Combine(_folder, Name + ".gguf");
        File.Copy(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"), file);
        Replace(file);
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Ratchet:Data", _folder);
            builder.UseSetting("Model:Base", file);
            builder.UseSetting("Inference:Precision", "float32");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
        });
        Client = _factory.CreateClient();
        for (int i = 0; !(await Client.GetAsync("/health")).IsSuccessStatusCode; i++)
        {
            Assert.True(i < 600, "The service did not become healthy within two minutes.");
            await Task.Delay(200);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _factory!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // A GGUF entry is the key, its type (8: text), the length in 8 bytes, the text.
    private static void Replace(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
        byte[] head = new byte[4 << 20];
        stream.ReadExactly(head);
        int key = head.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Key));
        int length = key + Key.Length + sizeof(int);
        int old = (int)BitConverter.ToInt64(head, length);
        string padded = Template + "{#" + new string(' ', old - Template.Length - 4) + "#}";
        stream.Position = length + sizeof(long);
        stream.Write(Encoding.UTF8.GetBytes(padded));
    }
}
