using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>A folder's tokenizer as GGUF's arrays, and GGUF's arrays as a folder's files: read back, golden texts have the same ids.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizerExportTests
{
    private const int MoreRows = 5;

    public static TheoryData<string, string> FromFolders =>
        [.. GoldenTokenizers.All.Where(pair => !pair.Form.StartsWith("gguf", StringComparison.Ordinal))];

    public static TheoryData<string> FromGguf => [.. GoldenTokenizers.All.Where(pair => pair.Form.StartsWith("gguf", StringComparison.Ordinal)).Select(pair => pair.Name)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(FromFolders))]
    public void A_folders_tokenizer_read_from_GGUF_gives_the_same_ids(string name, string form)
    {
        string folder = GoldenTokenizers.Folder(name, form.Split(" + "));
        ITokenizer own = TokenizerFolder.Read(folder);
        VocabularyData data = TokenizerFolder.ReadVocabulary(folder, own.VocabularySize + MoreRows);
        string path = Path.Combine(folder, "tokenizer.gguf");
        GgufWriter.Write(path, ModelWriter.TokenizerKeys(data, TokenizerFolder.ReadChatTemplate(folder)), []);
        using var file = GgufFile.Open(path);
        VocabularyData read = GgufVocabularyReader.Read(file, own.VocabularySize + MoreRows);

        Assert.Equal(own.VocabularySize + MoreRows, read.Tokens.Count);
        Assert.Equal(read.Tokens.Count, read.Tokens.Distinct().Count());
        Assert.Equal(TokenizerFolder.ReadChatTemplate(folder), file.Metadata.FindString("tokenizer.chat_template"));
        Same(name, own, Tokenizers.Create(read));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(FromGguf))]
    public void GGUFs_tokenizer_read_from_a_folder_gives_the_same_ids(string name)
    {
        VocabularyData data = GoldenTokenizers.Data(name);
        string folder = Directory.CreateTempSubdirectory("ratchet-tokenizer-").FullName;

        TokenizerFolder.Write(folder, data, "{{ messages }}", contextLength: 77);

        Same(name, Tokenizers.Create(data), TokenizerFolder.Read(folder));
        Assert.Equal("{{ messages }}", TokenizerFolder.ReadChatTemplate(folder));
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")));
        Assert.Equal(77, config.RootElement.GetProperty("model_max_length").GetInt32());
        Assert.True(File.Exists(Path.Combine(folder, "special_tokens_map.json")));

        // And from there into GGUF's words again.
        Same(name, Tokenizers.Create(data), Tokenizers.Create(TokenizerFolder.ReadVocabulary(folder, data.Tokens.Count)));
    }

    public static TheoryData<string> Named => [.. GgufPatterns.Names];

    /// <summary>Every way to cut that has a name in GGUF goes through tokenizer.json and finds a name for the same again.</summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Named))]
    public void Every_named_way_to_cut_goes_there_and_back(string name)
    {
        VocabularyData data = Bytes(name);
        string folder = Directory.CreateTempSubdirectory("ratchet-tokenizer-").FullName;

        TokenizerFolder.Write(folder, data, chatTemplate: null, contextLength: 8);
        VocabularyData back = TokenizerFolder.ReadVocabulary(folder, data.Tokens.Count);

        Assert.Equal(GgufPatterns.Stages(name).Select(GgufPatterns.Plain), GgufPatterns.Stages(back.PreTokenizer!).Select(GgufPatterns.Plain));
        Assert.Equal(data.Tokens, back.Tokens);
        Assert.Equal(data.Merges, back.Merges);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void What_GGUF_has_no_words_for_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-tokenizer-").FullName;
        TokenizerFolder.Write(folder, Bytes("gpt-2"), chatTemplate: null, contextLength: 8);
        string path = Path.Combine(folder, "tokenizer.json");
        string sound = File.ReadAllText(path);
        JsonNode root = JsonNode.Parse(sound)!;
        root["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = "[aeiou]+|[^aeiou]+";
        File.WriteAllText(path, root.ToJsonString());
        Assert.Contains("[aeiou]", Refused(), StringComparison.Ordinal);

        root["pre_tokenizer"] = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""");
        File.WriteAllText(path, root.ToJsonString());
        Assert.Contains("ByteLevel", Refused(), StringComparison.Ordinal);

        root["pre_tokenizer"] = JsonNode.Parse(sound)!["pre_tokenizer"]!.DeepClone();
        root["normalizer"] = JsonNode.Parse("""{"type": "Lowercase"}""");
        File.WriteAllText(path, root.ToJsonString());
        Assert.Contains("normalises", Refused(), StringComparison.Ordinal);

        string Refused() => Assert.Throws<VocabularyException>(() => TokenizerFolder.ReadVocabulary(folder, 300)).Message;
    }

    // All bytes, two merges and a special token.
    private static VocabularyData Bytes(string pre)
    {
        string[] letters = [.. Enumerable.Range(0, 256).Select(value => ByteLevelAlphabet.ToChar((byte)value).ToString())];
        return new VocabularyData
        {
            Model = "gpt2",
            PreTokenizer = pre,
            Tokens = [.. letters, "he", "Ġhe", "<|end|>"],
            TokenTypes = [.. Enumerable.Repeat(VocabularyData.NormalToken, 258), VocabularyData.ControlToken],
            Merges = ["h e", "Ġ he"],
            EndToken = 258,
        };
    }

    private static void Same(string name, ITokenizer expected, ITokenizer actual)
    {
        int compared = 0;
        foreach (string text in Golden.ReadLines<Case>($"tokenizers/{name}/cases.jsonl").Select(line => line.Text))
        {
            foreach (bool special in (bool[])[false, true])
            {
                int[] ids = expected.Encode(text, special, special);
                Assert.Equal(ids, actual.Encode(text, special, special));
                Assert.Equal(expected.Decode(ids), actual.Decode(ids));
                compared++;
            }
        }

        Assert.True(compared > 0, $"There are no golden texts for {name}.");
        Assert.Equal((expected.BeginToken, expected.EndToken), (actual.BeginToken, actual.EndToken));
    }

    private sealed record Case(string Text);
}
