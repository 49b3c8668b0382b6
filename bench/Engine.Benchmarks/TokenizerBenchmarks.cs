using BenchmarkDotNet.Attributes;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>The bundled models' tokenizers on 100 paragraphs, some 50 kB, whose words they have met before.</summary>
public class TokenizerBenchmarks
{
    private string _text = "";
    private ITokenizer? _tokenizer;

    [Params("smollm2-135m-instruct.q4_1.gguf", "all-minilm-l6-v2.q8_0.gguf")]
    public string Model { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        using var file = GgufFile.Open(Path.Combine(SourceTree.Root, "models", Model));
        _tokenizer = Tokenizers.Create(GgufVocabularyReader.Read(file, int.MaxValue));
        var made = new MadeText(1);
        _text = string.Join("\n\n", Enumerable.Range(0, 100).Select(_ => made.Paragraph(6)));
    }

    [Benchmark]
    public int[] Encode() => _tokenizer!.Encode(_text);

    [Benchmark]
    public object EncodeWithOffsets() => _tokenizer!.EncodeWithOffsets(_text);
}
