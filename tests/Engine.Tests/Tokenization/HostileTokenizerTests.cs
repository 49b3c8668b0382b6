using System.Text;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Files of strangers: whatever their bytes, they are read or refused with a sentence, quickly and within their size.</summary>
public sealed class HostileTokenizerTests
{
    private const string Small = """
        {"added_tokens": [{"id": 6, "content": "<s>", "special": true}, {"id": 7, "content": "xy", "normalized": true, "lstrip": true}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"String": "q"}, "content": "a"}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false}]},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
          "special_tokens": {"<s>": {"ids": [6]}}},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġa": 4, "1": 5}, "merges": ["a b", ["Ġ", "a"]]}}
        """;

    [Fact]
    public void The_file_that_is_damaged_below_is_sound()
    {
        TextTokenizer tokenizer = Parse(Small);

        Assert.Equal([6, 2, 4, 5, 7], tokenizer.Encode("qb a1  xy", parseSpecial: false, addSpecial: true));
        Assert.Equal("ab a1xy", tokenizer.Decode([2, 4, 5, 7], skipSpecial: false));
    }

    [Theory]
    [InlineData("\"NFC\"", "\"NFX\"", "NFX")]
    [InlineData("\"Digits\"", "\"UnicodeScripts\"", "UnicodeScripts")]
    [InlineData("\"individual_digits\": true", "\"individual_numbers\": true", "individual_numbers")]
    [InlineData("\"BPE\"", "\"Quadgram\"", "Quadgram")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"BPE\", \"dropout\": 0.1", "dropout")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\"", "end_of_word_suffix")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"BPE\", \"surprise\": 1", "surprise")]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"BPE\", \"unk_token\": \"<unk>\"", "unk_token")]
    [InlineData("\"a b\"", "\"a c\"", "Merge 0")]
    [InlineData("\"a b\"", "\"ab\"", "Merge 0")]
    [InlineData("\"ab\": 2", "\"ab\": 2000000", "2000000")]
    [InlineData("\"ab\": 2", "\"ab\": -1", "-1")]
    [InlineData("\"ab\": 2", "\"ab\": 1", "both have the id 1")]
    [InlineData("\"ab\": 2", "\"ab\": \"2\"", "whole number")]
    [InlineData("\"ids\": [6]", "\"ids\": [99]", "special_tokens")]
    [InlineData("\"TemplateProcessing\"", "\"Processing\"", "Processing")]
    [InlineData("\"decoder\": {\"type\": \"ByteLevel\"", "\"decoder\": {\"type\": \"CTC\"", "CTC")]
    [InlineData("{\"String\": \"q\"}", "{\"Regex\": \"(a)\\\\1\"}", "(a)")]
    [InlineData("\"content\": \"<s>\"", "\"content\": \"\\ud800\"", "Unicode")]
    public void What_changes_the_ids_and_is_not_known_is_named(string sound, string damaged, string named)
    {
        string file = Small.Replace(sound, damaged, StringComparison.Ordinal);
        Assert.NotEqual(Small, file);

        Assert.Contains(named, Assert.Throws<VocabularyException>(() => Parse(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_or_cut_json_file_is_read_or_refused() => Claim.Holds(cases: 300, (random, size) =>
    {
        byte[] bytes = Changed(Encoding.UTF8.GetBytes(Small), random);

        ReadOrRefuse(() => new TextTokenizer(TokenizerJson.Read(JsonPart.Parse("tokenizer.json", bytes))));
    });

    [Fact]
    public void A_changed_or_cut_SentencePiece_model_is_read_or_refused()
    {
        foreach (string name in Golden.FoldersIn("tokenizers").Where(name => Golden.Exists($"tokenizers/{name}/spiece.model")))
        {
            byte[] whole = File.ReadAllBytes(Golden.PathOf($"tokenizers/{name}/spiece.model"));

            // Some pieces and what follows them all: small enough to be read a hundred times.
            byte[] model = [.. whole.AsSpan(0, 600), .. whole.AsSpan(Math.Max(600, whole.Length - 400))];
            Claim.Holds(cases: 100, (random, size) => ReadOrRefuse(() => Tokenizers.Create(SentencePieceModel.Parse(Changed(model, random)))));
            Claim.Holds(cases: 4, (random, size) => ReadOrRefuse(() => Tokenizers.Create(SentencePieceModel.Parse(Changed(whole, random)))));
        }
    }

    [Theory]
    [InlineData("0A FF FF FF FF 0F", "ends within a field")]
    [InlineData("0A", "ends within a field")]
    [InlineData("0B", "kind 3")]
    [InlineData("08 FF FF FF FF FF FF FF FF FF FF 01", "64 bits")]
    [InlineData("12 02 18 03", "type 3")]
    [InlineData("12 03 C0 01 01", "treat_whitespace_as_suffix")]
    [InlineData("0A 05 15 00 00 C0 7F", "score")]
    [InlineData("1A 06 12 04 FF FF FF FF", "character map")]
    public void A_broken_message_is_refused_with_what_is_wrong(string bytes, string named)
    {
        byte[] message = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        byte[] sound = [0x0A, 0x05, 0x0A, 0x03, 0xE2, 0x96, 0x81];

        var refusal = Assert.Throws<VocabularyException>(() => Tokenizers.Create(SentencePieceModel.Parse([.. sound, .. message])));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_beyond_the_limit_is_refused_before_it_is_made()
    {
        var file = new StringBuilder("""{"model": {"type": "Unigram", "unk_id": 0, "vocab": [""");
        file.AppendJoin(',', Enumerable.Repeat("[]", Vocabulary.TokensMax + 1)).Append("]}}");

        Assert.Contains("1,048,577", Assert.Throws<VocabularyException>(() => Parse(file.ToString())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sp-bpe")]
    [InlineData("sp-unigram")]
    [InlineData("bert-base-uncased")]
    [InlineData("qwen2.5")]
    public void Time_grows_with_the_length_of_a_text_and_not_with_its_square(string name)
    {
        if (!Golden.FoldersIn("tokenizers").Contains(name))
        {
            Assert.Skip($"{name} is not among the golden tokenizers.");
        }

        ITokenizer tokenizer = GoldenTokenizers.Get(name, GoldenTokenizers.All.First(pair => pair.Name == name).Form);
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        foreach (string part in (string[])["abracadabra", "\u0301", "a\u0323\u0301", "▁", "中", "\u302F\u0301"])
        {
            string text = string.Concat(Enumerable.Repeat(part, 200_000 / part.Length));
            Assert.True(tokenizer.EncodeWithOffsets(text).Length <= text.Length * 4);
            _ = tokenizer.Encode(text);
        }

        // Looking at every pair again after each merge, or putting each mark into its place by moving all, would take hours.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(90));
    }

    private static TextTokenizer Parse(string file) =>
        new(TokenizerJson.Read(JsonPart.Parse("tokenizer.json", Encoding.UTF8.GetBytes(file))));

    private static byte[] Changed(byte[] bytes, Random random)
    {
        byte[] changed = [.. bytes];
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
        }

        return random.Next(4) == 0 ? changed[..random.Next(changed.Length)] : changed;
    }

    private static void ReadOrRefuse(Func<ITokenizer> read)
    {
        try
        {
            ITokenizer tokenizer = read();
            int[] ids = tokenizer.Encode("ab a1 <s> xy\u0301 中 🎉", parseSpecial: true, addSpecial: true);
            _ = tokenizer.Decode(ids);
            _ = tokenizer.EncodeWithOffsets("ab a1 <s> xy\u0301 中 🎉");
        }
        catch (VocabularyException refusal)
        {
            Assert.NotEmpty(refusal.Message);
        }
    }
}
