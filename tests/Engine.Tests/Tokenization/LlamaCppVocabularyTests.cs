using System.Globalization;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Ids of the vocabularies that llama.cpp tests itself with, where its checkout is at hand (<c>RATCHET_TEST_LLAMA</c>).</summary>
[Trait("Category", "Peers")]
public sealed class LlamaCppVocabularyTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    // Not of the kinds that this engine knows; Gemma 4's text is cut by rules of its own.
    private static readonly string[] Left = ["gemma-4"];

    [Fact]
    public void Ids_are_those_of_llama_cpp()
    {
        string folder = Environment.GetEnvironmentVariable("RATCHET_TEST_LLAMA") ?? "";
        string models = Path.GetFullPath(Path.Combine(folder, "..", "..", "models"));
        string[] inputs = folder.Length > 0 && Directory.Exists(models) ? Directory.GetFiles(models, "ggml-vocab-*.gguf.inp") : [];
        if (inputs.Length == 0)
        {
            Assert.Skip("Needs RATCHET_TEST_LLAMA=<folder of llama.cpp's binaries, build/bin of its checkout>, with vocabularies in its models folder.");
        }

        var wrong = new List<string>();
        int compared = 0;
        foreach (string input in inputs.Where(path => !Left.Any(name => path.Contains(name, StringComparison.Ordinal))).Order(StringComparer.Ordinal))
        {
            string path = input[..^".inp".Length];
            using var gguf = GgufFile.Open(path);
            bool composes = gguf.Metadata.FindString("tokenizer.ggml.pre") is "qwen2" or "qwen35";
            ITokenizer tokenizer = Tokenizers.Create(GgufVocabularyReader.Read(gguf, int.MaxValue));
            string[] texts = File.ReadAllText(input).Split(Separator);
            string[] lines = File.ReadAllLines(path + ".out");
            for (int i = 0; i < Math.Min(texts.Length, lines.Length); i++)
            {
                // Qwen's own files compose characters first; llama.cpp does not.
                if (composes && texts[i].Any(unit => CharUnicodeInfo.GetUnicodeCategory(unit) == UnicodeCategory.NonSpacingMark))
                {
                    continue;
                }

                string ours = string.Join(' ', tokenizer.Encode(texts[i], parseSpecial: false, addSpecial: false));
                compared++;
                if (ours != lines[i].Trim())
                {
                    wrong.Add($"{Path.GetFileName(path)} \"{texts[i]}\": {ours} where llama.cpp has {lines[i].Trim()}");
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{compared} texts of {inputs.Length} vocabularies.");
        Assert.True(wrong.Count == 0 && compared > 0, $"{wrong.Count} of {compared}:\n{string.Join('\n', wrong)}");
    }
}
