using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Tokenizers of the two models that lie in models/, read once.</summary>
internal static class BundledVocabularies
{
    private const string SmolLm2File = "smollm2-135m-instruct.q4_1.gguf";
    private const string MiniLmFile = "all-minilm-l6-v2.q8_0.gguf";

    private static readonly Lazy<(ITokenizer Tokenizer, string? Template)> SmolLm2 = new(() =>
        Read(SmolLm2File));

    private static readonly Lazy<(ITokenizer Tokenizer, string? Template)> MiniLm = new(() =>
        Read(MiniLmFile));

    private static readonly Lazy<Dictionary<(string, string), int>> Ranks = new(() =>
    {
        using var gguf = GgufFile.Open(Path.Combine(SourceTree.Root, "models", SmolLm2File));
        return gguf.Metadata.GetStrings("tokenizer.ggml.merges")
            .Select((merge, rank) => (Halves: merge.Split(' '), Rank: rank))
            .ToDictionary(merge => (merge.Halves[0], merge.Halves[1]), merge => merge.Rank);
    });

    internal static Dictionary<(string, string), int> SmolLm2Ranks => Ranks.Value;

    /// <summary>Golden folders whose tokenizer is that of a bundled model.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["smollm2", "minilm"];

    internal static string SmolLm2Template => SmolLm2.Value.Template!;

    internal static ITokenizer Get(string name) => (name == "smollm2" ? SmolLm2 : MiniLm).Value.Tokenizer;

    internal static VocabularyData Data(string name)
    {
        using var gguf = GgufFile.Open(Path.Combine(SourceTree.Root, "models", name == "smollm2" ? SmolLm2File : MiniLmFile));
        return GgufVocabularyReader.Read(gguf, int.MaxValue);
    }

    private static (ITokenizer Tokenizer, string? Template) Read(string file)
    {
        using var gguf = GgufFile.Open(Path.Combine(SourceTree.Root, "models", file));
        ITokenizer tokenizer = Tokenizers.Create(GgufVocabularyReader.Read(gguf, int.MaxValue));
        return (tokenizer, gguf.Metadata.FindString("tokenizer.chat_template"));
    }
}
