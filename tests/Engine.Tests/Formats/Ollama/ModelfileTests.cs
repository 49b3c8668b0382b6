using Ratchet.Engine.Formats.Ollama;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Formats.Ollama;

/// <summary>The grammar of Ollama's Modelfile (F105).</summary>
public sealed class ModelfileTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var written = new Modelfile
        {
            From = "./smollm2 base.gguf",
            Adapters = ["./adapter.gguf"],
            Template = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}",
            System = "You are a \"helpful\" assistant.\nNo more.",
            Parameters = [new("stop", "<|im_end|>"), new("stop", " "), new("num_ctx", "2048"), new("temperature", "0.7")],
            Messages = [new("user", "Hello # not a comment"), new("assistant", "Hi")],
            Licenses = ["Apache-2.0\n\nText"],
        };
        var read = Modelfile.Parse((written with { Comments = ["made of\nan adapter"] }).ToString());
        Assert.Equal(written.From, read.From);
        Assert.Equal(written.Adapters, read.Adapters);
        Assert.Equal(written.Template, read.Template);
        Assert.Equal(written.System, read.System);
        Assert.Equal(written.Parameters, read.Parameters);
        Assert.Equal(written.Messages, read.Messages);
        Assert.Equal(written.Licenses, read.Licenses);
    }

    [Fact]
    public void Any_texts_come_back_or_are_refused()
        => Claim.Holds(cases: 300, (random, size) =>
        {
            string[] parts = ["\"", "\"\"\"", "\n", "\r\n", " ", "#", "FROM x", "模型", "{{ .Content }}", "\\", "\t", "'"];
            string text = string.Concat(Enumerable.Range(0, size % 9).Select(_ => parts[random.Next(parts.Length)]));
            var written = new Modelfile { From = "a", Template = text, System = text, Parameters = [new("stop", text.Length == 0 ? "x" : text)] };
            string file;
            try
            {
                file = written.ToString();
            }
            catch (ModelfileException refusal)
            {
                Assert.Contains('"', text);
                Assert.Equal(0, refusal.Line);
                return;
            }

            var read = Modelfile.Parse(file);
            Assert.Equal((text, text), (read.Template, read.System));
            Assert.Equal(written.Parameters, read.Parameters);
        });

    [Theory]
    [InlineData("from llama3\nsystem hello\nParameter stop \"a\"\n\n# x\nREQUIRES 0.1\nRENDERER x\nPARSER y\nDRAFT z")]
    [InlineData("\uFEFFSYSTEM x\r\nFROM y\r\n")]
    public void Instructions_come_in_any_order_and_case(string text) => Assert.NotEmpty(Modelfile.Parse(text).From);

    [Theory]
    [InlineData("", 0)]
    [InlineData("SYSTEM x", 0)]
    [InlineData("FROM x\nTEMPLAT y", 2)]
    [InlineData("FROM x\n\nMESSAGE robot hi", 3)]
    [InlineData("FROM x\nPARAMETER speed 3", 2)]
    [InlineData("FROM x\nSYSTEM \"\"\"no end\nat all", 2)]
    [InlineData("FROM x\nSYSTEM \"no end\n", 2)]
    [InlineData("FROM x\nSYSTEM \"\"\"a\nb\"\"\" c", 3)]
    [InlineData("FROM", 1)]
    public void What_is_no_modelfile_is_refused_with_its_line(string text, int line)
        => Assert.Equal(line, Assert.Throws<ModelfileException>(() => Modelfile.Parse(text)).Line);

    [Fact]
    public void Any_bytes_are_read_or_refused()
        => Claim.Holds(cases: 500, (random, size) =>
        {
            string[] parts = ["FROM", "PARAMETER", "MESSAGE", " ", "\n", "\"", "\"\"\"", "stop", "user", "x", "#", "\r", "\0"];
            string text = string.Concat(Enumerable.Range(0, size % 40).Select(_ => parts[random.Next(parts.Length)]));
            try
            {
                Assert.NotEmpty(Modelfile.Parse(text).From);
            }
            catch (ModelfileException refusal)
            {
                Assert.NotEmpty(refusal.Message);
            }
        });
}
