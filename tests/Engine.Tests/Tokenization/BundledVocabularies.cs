using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Tokenizers of the two models that lie in models/, read once.</summary>
internal static class BundledVocabularies
{
    private static readonly Lazy<(ITokenizer Tokenizer, string? Template)> SmolLm2 = new(() =>
        Read("smollm2-135m-instruct.q4_1.gguf"));

    private static readonly Lazy<(ITokenizer Tokenizer, string? Template)> MiniLm = new(() =>
        Read("all-minilm-l6-v2.q8_0.gguf"));

    private static readonly Lazy<Dictionary<(string, string), int>> Ranks = new(() =>
    {
        using var gguf = GgufFile.Open(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        return gguf.Metadata.GetStrings("tokenizer.ggml.merges")
            .Select((merge, rank) => (Halves: merge.Split(' '), Rank: rank))
            .ToDictionary(merge => (merge.Halves[0], merge.Halves[1]), merge => merge.Rank);
    });

    internal static Dictionary<(string, string), int> SmolLm2Ranks => Ranks.Value;

    /// <summary>Golden folders whose tokenizer is that of a bundled model.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["smollm2", "minilm"];

    internal static string SmolLm2Template => SmolLm2.Value.Template!;

    internal static ITokenizer Get(string name) => (name == "smollm2" ? SmolLm2 : MiniLm).Value.Tokenizer;

    private static (ITokenizer Tokenizer, string? Template) Read(string file)
    {
        using var gguf = GgufFile.Open(Path.Combine(SourceTree.Root, "models", file));
        GgufMetadata data = gguf.Metadata;
        int? Id(string key) => data.Contains(key) ? data.GetInt32(key) : null;

        ITokenizer tokenizer = Tokenizers.Create(new VocabularyData
        {
            Model = data.GetString("tokenizer.ggml.model"),
            PreTokenizer = data.FindString("tokenizer.ggml.pre"),
            Tokens = data.GetStrings("tokenizer.ggml.tokens"),
            TokenTypes = data.FindInts("tokenizer.ggml.token_type") ?? [],
            Merges = data.FindStrings("tokenizer.ggml.merges") ?? [],
            BeginToken = Id("tokenizer.ggml.bos_token_id"),
            EndToken = Id("tokenizer.ggml.eos_token_id"),
            UnknownTokenId = Id("tokenizer.ggml.unknown_token_id"),
            PaddingToken = Id("tokenizer.ggml.padding_token_id"),
            AddBegin = data.GetBool("tokenizer.ggml.add_bos_token", false),
            AddEnd = data.GetBool("tokenizer.ggml.add_eos_token", false),
            Lowercase = data.GetBool("tokenizer.ggml.normalizer.lowercase", true),
        });
        return (tokenizer, data.FindString("tokenizer.chat_template"));
    }
}
